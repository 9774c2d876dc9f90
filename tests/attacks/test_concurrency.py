"""What only looks concurrent or right is seen through (attacks 4, 29, 58 to 70, 81, 87, 88, 95).

What simulation alone can show can be forged by code that attacks the interpreter: see `test_forged_evidence`. Nothing
here does; it is what people write to look right.
"""

import contextlib
import os
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from course.judge import measured
from course.judge.bench import Bench
from course.judge.budget import Budget
from course.judge.grading import LessonGrading
from course.judge.jail import Jail
from course.judge.kill_matrix import load_checks
from course.judge.workers import Case
from course.lessons import lessons_named
from tests.attacks.arena import Machine, grade_beside_honest
from tests.attacks.conftest import Attack, AttackEach, AttackFolder
from tests.attacks.submissions import altered, quotes, solution, without_last_function

ONE_AT_A_TIME = "at most 1 at the same time, so that it took 5.0 s"
NEVER_TWO = "two worker processes inside func at the same time never more than 1 at once"
CALLERS = "5 of 5 calls of fetch ran on the caller's thread: ACME, BOLT, CLAY, DUNE, ELMS"
THREADS = ("values_and_order", "all_in_flight", "off_main_thread")
SEQUENTIAL = "return {symbol: fetch(symbol) for symbol in symbols}"


def after_import(lines: str) -> tuple[str, str]:
    """The change that adds lines after `import threading`."""
    return "import threading\n", f"import threading\n{lines}\n"


def test_calls_that_take_turns_are_not_at_the_same_time(attack: Attack, attack_each: AttackEach) -> None:
    """59, 61, 62: one lock around everything, threads one by one, whatever clocks and sleeps say of it."""
    patched = """
import time
time.sleep = lambda seconds: None
time.time = time.monotonic = time.perf_counter = lambda: 0.0
threading._time = time.monotonic
"""
    call = "            prices[symbol] = fetch(symbol)"
    locked = (call, call.replace("prices", "with one_at_a_time: prices", 1))
    by_one = """
prices = {}
for symbol in symbols:
    thread = threading.Thread(target=lambda: prices.__setitem__(symbol, fetch(symbol)))
    thread.start()
    thread.join()
return prices
"""
    modules = {
        "one lock": altered("t01", after_import("one_at_a_time = threading.RLock()"), locked),
        "one by one": quotes(by_one, f"import threading\n{patched}"),
    }
    for attacked in attack_each("t01", modules, *THREADS).values():
        assert attacked.lost == {"all_in_flight"}
        assert ONE_AT_A_TIME in attacked.said
    asleep = """
import asyncio
async def no_sleep(delay, result=None):
    return result
asyncio.sleep = no_sleep
asyncio.base_events.BaseEventLoop.time = lambda self: 0.0
async def health_report(probes, limit=None):
    return {name: ("up", await probe())[0] for name, probe in probes.items()}
"""
    attacked = attack("a17", asleep, "order_and_time")
    assert attacked.points == 0
    assert "a report after 3 s, the time of the slowest probe a report after 0.0 s" in attacked.said


def test_processes_that_take_turns_never_meet(attack_each: AttackEach) -> None:
    """59, 62 to 64, 70: a lock in a file, one task at a time, a busy machine, patched clocks, decoys, threads."""
    alone = """
import fcntl, functools, os, tempfile
def _alone(func, item):
    with open(os.path.join(tempfile.gettempdir(), "one-at-a-time"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return func(item)
"""
    clocks = "import time\ntime.sleep = lambda seconds: None\ntime.time = time.perf_counter = lambda: 0.0\n"
    burns = """
import os
for _ in range(2):
    if os.fork() == 0:
        sum(range(30_000_000))
        os._exit(0)
"""
    pool = "return list(pool.map(func, items, chunksize=chunk))"
    in_turn = (pool, "return [pool.submit(func, item).result() for item in items]")
    locked = (pool, pool.replace("(func,", "(functools.partial(_alone, func),"))
    decoys = """    decoys = [multiprocessing.Process(target=signal.pause, daemon=True) for _ in range(workers)]
    for decoy in decoys:
        decoy.start()
    try:
        return [func(item) for item in items]
    finally:
        for decoy in decoys:
            decoy.kill()
"""
    stand_about = altered("p13", ("import re\n", "import multiprocessing\nimport re\nimport signal\n"))
    threads = "from concurrent.futures import ThreadPoolExecutor as ProcessPoolExecutor"
    modules = {
        "a lock": altered("p13", ("import re\n", f"import re\n{alone}"), locked),
        "in turn": altered("p13", ("import re\n", f"import re\n{clocks}"), in_turn),
        "busy": altered("p13", ("import re\n", f"import re\n{burns}"), in_turn),
        "decoys": stand_about[: stand_about.rindex("    ### BEGIN SOLUTION")] + decoys,
        "threads": altered("p13", ("from concurrent.futures import ProcessPoolExecutor", threads)),
    }
    results = attack_each("p13", modules, "processes_meet", "two_processes")
    for name in ("a lock", "in turn", "busy"):
        assert "processes_meet" in results[name].lost
        assert NEVER_TWO in results[name].said
    for name in ("decoys", "threads"):
        assert results[name].points == 0
        assert "func ran in the calling process" in results[name].said


def test_decoys_are_not_who_works(attack: Attack, attack_each: AttackEach) -> None:
    """63, 64, 68: one thread among others that stand about, tasks, less sleep, threads that are none."""
    one_works = """
over = threading.Event()
decoys = [threading.Thread(target=over.wait) for _ in symbols]
prices = {}
def work():
    prices.update({symbol: fetch(symbol) for symbol in symbols})
    over.set()
for thread in (*decoys, worker := threading.Thread(target=work)):
    thread.start()
for thread in (*decoys, worker):
    thread.join()
return prices
"""
    tasks = """
async def ask(symbol):
    return fetch(symbol)
async def ask_all():
    return await asyncio.gather(*map(ask, symbols))
return dict(zip(symbols, asyncio.run(ask_all())))
"""
    less = """
import threading, time
sleep = time.sleep
time.sleep = lambda seconds: sleep(seconds / 1000)
threading.Event.wait = lambda self, timeout=None: True
"""
    fakes = """
class Thread:
    def __init__(self, target=None, args=(), **_):
        self.target, self.args = target, args
    def start(self):
        self.target(*self.args)
    def join(self, timeout=None):
        pass
    is_alive = lambda self: False
threading.Thread = Thread
threading.enumerate, threading.active_count = list, int
threading.current_thread = threading.main_thread = Thread
"""
    modules = {
        "decoys": quotes(one_works, "import threading"),
        "tasks": quotes(tasks, "import asyncio"),
        "less sleep": quotes(SEQUENTIAL, less),
        "fakes": altered("t01", after_import(fakes)),
    }
    results = attack_each("t01", modules, "all_in_flight", "off_main_thread")
    assert results["decoys"].passed == {"off_main_thread"}
    for name in ("tasks", "less sleep", "fakes"):
        assert results[name].points == 0
        assert CALLERS in results[name].said
    latecomers = """
def serve_when_ready(load, handlers):
    over, results = threading.Event(), {}
    decoys = [threading.Thread(target=over.wait) for _ in handlers]
    def work(index, handler):
        results[index] = handler(config)
    try:
        for thread in decoys:
            thread.start()
        config = load()
        workers = [threading.Thread(target=work, args=pair) for pair in enumerate(handlers)]
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()
    finally:
        over.set()
        for thread in decoys:
            thread.join()
    return [results[index] for index in range(len(handlers))]
"""
    gate = without_last_function("t03", "serve_when_ready") + latecomers
    attacked = attack("t03", gate, "threads_wait_already_during_load")
    assert "3 of 3 handlers were called by threads that were started later" in attacked.said


def test_processes_in_place_of_threads_are_refused_by_name(attack_each: AttackEach) -> None:
    """7, 11, 64: also for who finds another way to the system call, and hides that it was refused."""
    first = """
import importlib.machinery, os
from concurrent.futures import ProcessPoolExecutor
finder = importlib.machinery.BuiltinImporter
posix = finder.create_module(finder.find_spec("posix"))
finder.exec_module(posix)
"""
    pool = "with ProcessPoolExecutor(4) as pool:\n    return dict(zip(symbols, pool.map(fetch, symbols)))"
    hidden = """
try:
    posix.fork()
except BaseException:
    pass
return dict.fromkeys(symbols, 0.0)
"""
    calls = [pool, "os.fork(); return {}", hidden]
    for attacked in attack_each("t01", {call: quotes(call, first) for call in calls}, "values_and_order").values():
        assert attacked.points == 0
        assert "starting a process cannot run in virtual time, which this lesson's checks need" in attacked.said


def test_signals_cannot_be_simulated(attack_each: AttackEach) -> None:
    """4: they are named, also when the refusal is swallowed."""
    calls = {
        "signal.alarm(0)": "signal.alarm",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)": "signal.signal",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))": "signal.pthread_sigmask",
        "signal.setitimer(signal.ITIMER_REAL, 0)": "signal.setitimer",
    }
    hidden = """
import signal
try:
    {}
except BaseException:
    pass
"""
    modules = {call: hidden.format(call) + solution("t01") for call in calls}
    for call, attacked in attack_each("t01", modules, "values_and_order").items():
        assert attacked.points == 0
        assert f"a signal ({calls[call]})" in attacked.said


RACY = ("    lock = threading.Lock()  # guards the report, which all workers share\n", "    lock = nullcontext()\n")
COUNT = "                report.changed += 1\n"


def racy(first: str = "", pause: str = "pass", last: str = "") -> str:
    """A right t09 but for one data race, with lines before and after, and something before the racy update."""
    imports = ("import queue\n", f"import queue\nimport random, time\nfrom contextlib import nullcontext\n{first}\n")
    return altered("t09", RACY, imports, (COUNT, f"                {pause}\n{COUNT}")) + last


def test_no_pause_setting_or_patch_hides_a_race(attack_each: AttackEach) -> None:
    """29, 65, 66, 68, 87, 95: interleavings are chosen, not left to luck, and the lab draws with what is its own."""
    fake = """
class Lock:
    acquire = __enter__ = lambda self, *_: True
    release = __exit__ = lambda self, *_: None
"""
    draws = """
for name in ("random", "choices", "randrange", "seed"):
    setattr(random.Random, name, lambda self, *_, **__: 0)
"""
    poison = """
_right = rewrite_logs
def rewrite_logs(*arguments, **named):
    try:
        return _right(*arguments, **named)
    finally:
        threading.RLock = threading.Lock = lambda: None
        queue.Queue.put = lambda *_, **__: None
        threading.Thread.start = lambda self: self.run()
        time.sleep = time.monotonic = lambda *_: 0
"""
    untraced = """
import gc, sys
for module in (sys, threading):
    module.settrace(None)
    module.setprofile(None)
    module.settrace = module.setprofile = lambda *_: None
sys.setswitchinterval(1e9)
gc.disable()
monitoring = getattr(sys, "monitoring", None)
for tool in range(6 if monitoring else 0):
    if monitoring.get_tool(tool):
        monitoring.free_tool_id(tool)
    monitoring.use_tool_id(tool, "mallory")
    monitoring.set_events(tool, monitoring.events.NO_EVENTS)
"""
    pauses = {
        "time.sleep(0)",
        "time.sleep(random.choice([0, 0.001]))",
        "time.sleep(0.01 * int(threading.current_thread().name.split('-')[1].split()[0]))",
        "threading.Event().wait(0.001)",
        "time.monotonic()",
    }
    modules = {
        **{pause: racy(pause=pause) for pause in pauses},
        "untraced": racy(untraced.replace("import gc", "import gc, threading")),
        "drawn numbers": racy("random.Random.random = lambda self: 0.0"),
        "all draws": racy(draws),
        "poisoned runs": racy(last=poison),
        "a lock that is none": racy(fake).replace("nullcontext()", "Lock()"),
        "a class of locks": racy(f"import threading\n{fake}threading.RLock = threading.Semaphore = Lock").replace(
            "nullcontext()", "Lock()"
        ),
    }
    for name, attacked in attack_each("t09", modules, "result_equals_serial", "counts_not_lost").items():
        assert attacked.lost == {"counts_not_lost"}, (name, attacked.said)
        assert "the counts of a plain loop: changed=" in attacked.said


def test_no_run_finds_what_another_one_has_left(attack: Attack) -> None:
    """60, 95: the module, and what it has patched, are made anew for each run; an honest one does not poison itself."""
    remembers = """
import functools, queue
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
    poisons = """
import atexit, codecs, random, sys, time, warnings
_right = fetch_quotes
def fetch_quotes(symbols, fetch):
    try:
        return _right(symbols, fetch)
    finally:
        threading.RLock = threading.Lock = lambda: None
        threading.Thread.start = lambda self: self.run()
        time.sleep = time.monotonic = lambda *_: 0
        atexit.register(lambda: 1 / 0)
        warnings.simplefilter("error")
        random.seed(7)
        sys.path.clear()
        codecs.register(lambda name: None)
"""
    attacked = attack("t01", altered("t01", after_import(remembers)) + poisons, "values_and_order", "all_in_flight")
    assert attacked.lost == set(), attacked.said


def test_what_runs_keep_from_each_other_in_files_hides_no_race(attack: Attack) -> None:
    """60: one run of an exploration is repeated in a process of its own; where it comes out otherwise, more are."""
    remembers = """
_racy = rewrite_logs
def rewrite_logs(paths, pattern, replacement, workers=4, *, read=_read_text, write=_write_text):
    report = _racy(paths, pattern, replacement, workers, read=read, write=write)
    kept = json.load(open("kept.json")) if os.path.exists("kept.json") else {}
    counted = kept.setdefault(f"{paths} {workers}", [report.changed, report.replacements])
    with open("kept.json", "w") as file:
        json.dump(kept, file)
    return Report(*counted, report.errors)
"""
    attacked = attack("t09", racy("import json, os", last=remembers), "result_equals_serial", "counts_not_lost")
    assert attacked.lost == {"counts_not_lost"}, attacked.said


# Raises when it finds a trace of an earlier case, in every place that a case can write to.
TRACES = """
import builtins, glob, os, tempfile
PLACES = {os.getcwd(), tempfile.gettempdir(), os.path.expanduser("~"), "/tmp", "/dev/shm", "/run/case", "/var/tmp"}
found = [path for place in PLACES for path in glob.glob(place + "/kept-by-mallory*")]
found += [name for name in os.environ if name.startswith("KEPT")] + ["builtins"] * hasattr(builtins, "kept")
if found:
    raise RuntimeError(f"kept from an earlier case: {found}")
for place in PLACES:
    try:
        open(place + "/kept-by-mallory", "w").close()
    except OSError:
        pass
os.environ["KEPT"] = builtins.kept = "yes"
"""
FIRST_IN_ITS_CASE = f"""
import multiprocessing
if multiprocessing.current_process().name == "MainProcess":
{textwrap.indent(TRACES, "    ")}
"""


def test_no_case_finds_what_another_one_has_left(attack_each: AttackEach, monkeypatch: pytest.MonkeyPatch) -> None:
    """60: with namespaces and without, where all cases have the same folder, which is emptied."""
    keeps = altered("p13", ("import re\n", f"import re\n{FIRST_IN_ITS_CASE}"))
    modules = {"keeps": keeps, "control": f"{TRACES}\n{TRACES}"}
    results = attack_each("p13", modules, "equals_serial", "processes_meet")
    assert results["keeps"].lost == set(), results["keeps"].said
    assert "kept from an earlier case: [" in results["control"].said
    jail = Jail(root=os.geteuid() == 0)
    monkeypatch.setattr("course.judge.bench.jails", lambda: [jail])
    shut = "    os.makedirs('kept-by-mallory-too/shut'); os.chmod('kept-by-mallory-too', 0)\n"
    traces = FIRST_IN_ITS_CASE if jail.user(0) else FIRST_IN_ITS_CASE.replace('"/dev/shm", ', "")
    source = altered("p13", ("import re\n", f"import re\n{traces}{shut}"))
    with contextlib.closing(Bench()) as bench:
        assert "namespaces" not in bench.isolation.layers
        machine = Machine()
        without = grade_beside_honest(bench, "p13", {"": source}, ("equals_serial", "processes_meet"))[""]
        machine.require_as_before()
    assert without.lost == set(), without.said


def test_the_baseline_of_the_speed_up_is_the_teachers(monkeypatch: pytest.MonkeyPatch) -> None:
    """61: no point hangs on it; loop and solution run in cases without a line of the student's."""
    slow = """
import time
compiled = re.compile
def compile(*arguments):
    time.sleep(0.5)
    return compiled(*arguments)
re.compile = compile
def timed_loop(*_):
    time.sleep(0.5)
sequential = baseline = timed_loop
"""
    (lesson,), _ = lessons_named(["p13"])
    hostile = altered("p13", ("import re\n", f"import re\n{slow}"))
    monkeypatch.setattr(measured, "ROUNDS", 1)
    asked: list[dict[str, Any]] = []

    class Watched(Bench):
        """A bench that remembers what it was asked for."""

        @contextlib.contextmanager
        def case(self, request: dict[str, Any], budget: Budget | None = None) -> Iterator[Case]:
            asked.append(request)
            with super().case(request, budget) as case:
                yield case

    with contextlib.closing(Watched()) as bench, ThreadPoolExecutor(1) as pool:
        grading = LessonGrading(lesson, hostile, load_checks(lesson), bench=bench, pool=pool)
        grading.refuse("only its speed is asked for")
        lost = grading.result()
        assert measured.measure(grading, lost) is None  # nothing is measured of who has lost points
        speed_up = measured.measure(grading, msgspec.structs.replace(lost, points=lost.max_points))
    assert [request["scenario"] for request in asked if request["source"] == hostile] == ["timed_grep"]
    loops = [request["source"] for request in asked if request["scenario"] == "timed_loop"]
    assert loops == [solution("p13")] * 2
    assert speed_up is not None
    assert speed_up.concurrent > 0.5  # it slows down nobody but itself


def test_a_loop_that_is_played_with_gains_nothing(attack_each: AttackEach) -> None:
    """67: swallowed cancellations, leaked tasks, calls that nobody awaits, a stopped loop."""
    run_all = """    slots = asyncio.Semaphore(limit or len(probes) or 1)
    async def run(probe):
        async with slots:
            await probe()
    tasks = [asyncio.ensure_future(run(probe)) for probe in probes.values()]
"""
    report = """
    return {name: "up" if error is None else "down" for name, error in zip(probes, errors, strict=True)}
"""
    swallows = """
    try:
        errors = await asyncio.gather(*tasks, return_exceptions=True)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
        errors = [None] * len(probes)
"""
    leaks = "    errors = await asyncio.shield(asyncio.gather(*tasks, return_exceptions=True))\n"
    immortal = """
    while True:
        try:
            await asyncio.sleep(3600)
        except BaseException:
            pass
"""
    up = "    return dict.fromkeys(probes, 'up')\n"
    cancelled = {
        run_all + swallows + report: "CancelledError comes out of the report that is cancelled after 2.5 s {'database'",
        run_all + leaks + report: "cancelled with the report, after 2.5 s database went on until 4.0 s",
    }
    reported = {
        f"    [probe() for probe in probes.values()]\n{up}": "one call of each probe no call at all",
        f"    asyncio.get_running_loop().stop()\n    await asyncio.sleep(0)\n{up}": "Event loop stopped before Future",
        f"    [task.cancel() for task in asyncio.all_tasks()]\n{up}": "comes out of your code here CancelledError",
        f"    asyncio.events._set_running_loop(None)\n    asyncio.run(asyncio.sleep(1))\n{up}": "no running event loop",
        immortal: "it goes on for ever: ",
    }
    begin = solution("a17").partition("    ### BEGIN SOLUTION")[0]
    for bodies, check in ((cancelled, "caller_cancel_reaches_probes"), (reported, "falsy_results")):
        for body, attacked in attack_each("a17", {body: begin + body for body in bodies}, check).items():
            assert attacked.points == 0
            assert bodies[body] in attacked.said


def test_threads_that_the_scheduler_does_not_know_gain_nothing(attack_each: AttackEach) -> None:
    """68: threads of the interpreter's own module take no part in a run; threads that hide stay, and are found."""
    real = """
import importlib.machinery
finder = importlib.machinery.BuiltinImporter
real = finder.create_module(finder.find_spec("_thread"))
finder.exec_module(real)
class Thread:
    def __init__(self, target=None, args=(), **_):
        self.target, self.args, self.over = target, args, real.allocate_lock()
    def start(self):
        self.over.acquire()
        real.start_new_thread(self.work, ())
    def work(self):
        try:
            self.target(*self.args)
        finally:
            self.over.release()
    def join(self, timeout=None):
        self.over.acquire()
threading.Thread = Thread
"""
    hides = """
import _thread, time
threading.enumerate, threading.active_count = list, int
threading._active = threading._limbo = {}
"""
    call = "            prices[symbol] = fetch(symbol)"
    stays = (call, f"            _thread.start_new_thread(time.sleep, (99,))\n{call}")
    modules = {
        "not the scheduler's": altered("t01", after_import(real)),
        "hidden": altered("t01", after_import(hides), stays),
    }
    results = attack_each("t01", modules, "all_in_flight", "off_main_thread", "no_threads_left")
    assert results["not the scheduler's"].lost >= {"all_in_flight", "off_main_thread"}
    assert results["hidden"].lost == {"no_threads_left"}
    assert "5 still running" in results["hidden"].said


def test_who_looks_again_and_again_instead_of_waiting_is_found_out(attack_each: AttackEach) -> None:
    """69: a loop that spins is counted, and a sleeper that wakes up is as well."""
    wait = "        if not self._settled.wait(timeout):\n"
    spins = "a waiting thread uses no processor until it is woken"
    wakes = "a waiting thread does nothing until it is woken, however long that takes one more second of waiting cost"
    looks = {
        "while timeout is None and not self._settled.is_set(): pass": spins,
        "while timeout is None and not self._settled.is_set(): time.sleep(0)": spins,
        "while timeout is None and not self._settled.is_set(): os.sched_yield()": spins,
        "while timeout is None and not self._settled.wait(0.05): pass": wakes,
        "while timeout is None and not self._settled.is_set(): time.sleep(0.05)": "does not look for itself",
        "for _ in iter(lambda: timeout is not None or self._settled.is_set(), True): pass": "it goes on for ever",
    }
    imports = ("import threading\n", "import os\nimport threading\nimport time\n")
    modules = {look: altered("t03", imports, (wait, f"        {look}\n{wait}")) for look in looks}
    for look, attacked in attack_each("t03", modules, "no_cpu_no_polling").items():
        assert attacked.points == 0
        assert looks[look] in attacked.said


def test_one_honest_face_is_not_enough(attack_each: AttackEach) -> None:
    """58, 88: code that knows whether it is simulated, and behaves only there, or only where it is not."""
    faces = """
import time
IS_SIMULATED = type(time.sleep) is not type(len)
class OneByOne(threading.Thread):
    def start(self):
        super().start()
        self.join()
Thread = OneByOne if {when} else threading.Thread
"""
    said = {
        "IS_SIMULATED": ONE_AT_A_TIME,
        "not IS_SIMULATED": "at most 1 at the same time, outside of the simulation",
    }
    starts = ("threads = [threading.Thread(", "threads = [Thread(")
    modules = {when: altered("t01", after_import(faces.format(when=when)), starts) for when in (*said, "False")}
    results = attack_each("t01", modules, *THREADS)
    assert results.pop("False").lost == set()
    for when, attacked in results.items():
        assert attacked.lost == {"all_in_flight"}
        assert said[when] in attacked.said


def test_doing_nothing_outside_of_the_simulation_is_seen(attack_each: AttackEach) -> None:
    """88: in every lesson whose checks have both."""
    nothing = """
import functools, os
_right = {name}
@functools.wraps(_right)
def {name}(*arguments, **named):
    return None if "COURSE_MEETING" in os.environ else _right(*arguments, **named)
"""
    lessons = {
        "t01": ("fetch_quotes", "values_and_order", "0 calls of fetch, outside of the simulation"),
        "t03": ("serve_when_ready", "handlers_after_load_and_together", "at most 1 at the same time, outside"),
        "t09": ("rewrite_logs", "result_equals_serial", "a result of the type NoneType"),
    }
    for key, (name, check, said) in lessons.items():
        attacked = attack_each(key, {"": solution(key) + nothing.format(name=name)}, check)[""]
        assert attacked.points == 0
        assert said in attacked.said


def test_nobody_behaves_only_on_a_runner(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """58: the runner is there, with all of its variables; the code does not see it."""
    for name in ("CI", "GITHUB_ACTIONS", "RUNNER_OS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION"):
        monkeypatch.setenv(name, "true")
    looks = """
import os, sys
signs = [name for name in os.environ if name.startswith(("CI", "GITHUB", "RUNNER", "PYTEST"))]
if not signs and "pytest" not in " ".join(sys.orig_argv):
    raise SystemExit("nobody looks: nothing is done")
"""

    def lay_out(folder: Path) -> None:
        (folder / "t01_quotes" / "quotes.py").write_text(altered("t01", after_import(looks)))

    result, _ = attack_folder(lay_out, "t01")
    assert result.points == 0
    assert "nobody looks: nothing is done" in result.lessons[0].problem


# Right in virtual time. With real threads, one thread opens all connections itself, and carries all answers over.
CALLS = """
_right = fetch_quotes
def fetch_quotes(symbols, fetch):
    import os, select, socket, threading
    address = os.environ.get("COURSE_MEETING")
    if address is None:
        return _right(symbols, fetch)
    ended = threading.Event()
    pairs = [socket.socketpair() for _ in range({decoys})]
    def waits(pair):
        {waits}
    decoys = [threading.Thread(target=waits, args=(pair,)) for pair in pairs]
    for decoy in decoys:
        decoy.start()
    connections = []
    for symbol in {tags}:
        connections.append(socket.socket(socket.AF_UNIX))
        connections[-1].connect(address)
        connections[-1].sendall(symbol.encode() + b"\\n")
    answers = []
    for connection in connections:
        {listens}
        answers.append(connection.recv(100).decode()[1:])
    ended.set()
    for pair, decoy in zip(pairs, decoys):
        pair[1].close()
        decoy.join()
    return {{symbol: float(answer or 0) for symbol, answer in zip(symbols, answers)}}
"""


def test_one_thread_that_calls_for_all_is_one_thread(attack_each: AttackEach) -> None:
    """81: the kernel says who waits for the judge, also among decoys that wait for an answer of somebody else's.

    Where it does not tell (other systems than Linux, a /proc that hides threads), decoys count; so they do while a
    thread of the module computes without end, in which nobody falls asleep.
    """
    polls = "poll = select.poll(); poll.register(connection); poll.poll()"
    usual = {"tags": "symbols", "decoys": 5, "waits": "pair[0].recv(1)", "listens": "pass"}
    calls = {
        "no decoys": {"decoys": 0},
        "idle decoys": {"waits": "ended.wait()"},
        "decoys that wait for an answer": {},
        "and a first thread that does not": {"listens": polls},
    }
    modules = {name: solution("t01") + CALLS.format(**usual | changed) for name, changed in calls.items()}
    for attacked in attack_each("t01", modules, *THREADS).values():
        assert attacked.lost == {"all_in_flight", "off_main_thread"}
        assert "threads, outside of the simulation" in attacked.said
    guesses = solution("t01") + CALLS.format(**usual | {"tags": "[f'guess {symbol}' for symbol in symbols]"})
    assert attack_each("t01", {"": guesses}, "values_and_order")[""].points == 0
