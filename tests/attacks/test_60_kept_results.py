"""Attack 60: keep results for the next run or case (globals, caches, files). Each case is a process and folder anew.

Inside one exploration the runs share a process: there the module and what it has patched are made anew for each run.
"""

import contextlib
import os
import textwrap

import pytest

from course.judge.bench import Bench
from course.judge.jail import Jail
from tests.attacks.altered import altered
from tests.attacks.arena import Machine, grade_beside_honest
from tests.attacks.conftest import Attack

# Raises when it finds a trace of an earlier case, in every place that a case can write to.
TRACES = """
import builtins, glob, os, tempfile
from multiprocessing import shared_memory
PLACES = {os.getcwd(), tempfile.gettempdir(), os.path.expanduser("~"), "/tmp", "/dev/shm", "/run/case", "/var/tmp"}
found = [path for place in PLACES for path in glob.glob(place + "/kept-by-mallory*")]
found += [name for name in os.environ if name.startswith("KEPT")] + ["builtins"] * hasattr(builtins, "kept")
if found:
    raise RuntimeError(f"kept from an earlier case: {found}")
written = []
for place in PLACES:
    try:
        open(place + "/kept-by-mallory", "w").close()
        written.append(place)
    except OSError:
        pass
os.environ["KEPT"] = builtins.kept = "yes"
"""
# Workers that are spawned import the module anew, in the same case.
FIRST_IN_ITS_CASE = f"""
import multiprocessing
if multiprocessing.current_process().name == "MainProcess":
{textwrap.indent(TRACES, "    ")}
"""
# What the module and the patched library remember, by run: all but the first run would give back what they find.
REMEMBERS = """
import functools, queue, threading
started = []
@functools.cache
def remembered():
    return []
for holder in (threading.Thread, queue.Queue, threading, queue):
    if hasattr(holder, "kept_by_mallory"):
        raise RuntimeError(f"kept from an earlier run: {holder}")
    holder.kept_by_mallory = True
if remembered() or started:
    raise RuntimeError("kept from an earlier run: a cache of the module")
remembered().append(1)
started.append(1)
"""


def test_nothing_is_kept_from_case_to_case(attack: Attack) -> None:
    """In real mode, where files and processes are allowed: all checks pass, so nobody has found a trace."""
    attacked = attack("p13", altered("p13", ("import re\n", f"import re\n{FIRST_IN_ITS_CASE}")))
    assert attacked.points == 10, attacked.said


def test_nothing_is_kept_where_there_are_no_namespaces_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """All cases have the same folder then; it is emptied, also of folders that nobody may enter."""
    jail = Jail(root=os.geteuid() == 0)
    monkeypatch.setattr("course.judge.bench.jails", lambda: [jail])
    traces = FIRST_IN_ITS_CASE if jail.user(0) else FIRST_IN_ITS_CASE.replace('"/dev/shm", ', "")
    shut = "    os.makedirs('kept-by-mallory-too/shut')\n    os.chmod('kept-by-mallory-too', 0)\n"
    with contextlib.closing(Bench()) as bench:
        assert "namespaces" not in bench.isolation.layers
        machine = Machine()
        attacked = grade_beside_honest(bench, "p13", altered("p13", ("import re\n", f"import re\n{traces}{shut}")))
        machine.require_as_before()
    assert attacked.points == 10, attacked.said


def test_the_traces_would_be_found(attack: Attack) -> None:
    """The same look, twice in one case: it was really written, and is really found."""
    attacked = attack("p13", f"{TRACES}\nassert written\n{TRACES.replace('if found', 'if found and written')}")
    assert attacked.points == 0
    assert "kept from an earlier case: [" in attacked.said
    assert "/kept-by-mallory" in attacked.said


def test_no_run_finds_the_module_or_the_library_as_the_last_one_left_it(attack: Attack) -> None:
    attacked = attack("t01", altered("t01", ("import threading\n", f"import threading\n{REMEMBERS}")))
    assert attacked.points == 10, attacked.said


# Counts without a lock, but only once: all later runs of an exploration are told what the first one has counted.
RACY_WITH_A_MEMORY = """
import json, os, queue, re, threading
from dataclasses import dataclass

@dataclass
class Report:
    changed: int
    replacements: int
    errors: dict

def rewrite_logs(paths, pattern, replacement, workers=4, *, read=None, write=None):
    kept = json.load(open("kept.json")) if os.path.exists("kept.json") else {}
    key = "-".join([*map(str, paths), str(workers)])
    if key in kept and len(paths) == 3:
        return Report(*kept[key], {})
    regex, jobs, report = re.compile(pattern), queue.Queue(), Report(0, 0, {})

    def rewrite(path):
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new != old:
            write(path, new)
            report.changed += 1
            report.replacements += count

    def work():
        while (path := jobs.get()) is not None:
            try:
                rewrite(path)
            except Exception as error:
                report.errors[path] = str(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for path in [*paths, *[None] * workers]:
        jobs.put(path)
    for thread in threads:
        thread.join()
    with open("kept.json", "w") as file:
        json.dump({**kept, key: [report.changed, report.replacements]}, file)
    return report
"""


def test_what_runs_keep_from_each_other_hides_no_race(attack: Attack) -> None:
    """One run of an exploration is repeated in a process of its own; where it comes out otherwise, more are."""
    attacked = attack("t09", RACY_WITH_A_MEMORY)
    assert attacked.points == 9, attacked.said
    assert attacked.check("counts_not_lost").status == "failed"
