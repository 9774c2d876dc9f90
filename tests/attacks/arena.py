"""The arena: grades a hostile submission beside an honest one, and looks at the machine before and after.

Whatever an attack is about, four things are required of every one: it earns no more than its honest part, the honest
submission keeps all of its points, nothing survives (no process, no file, no shared memory), and no secret reaches any
output. Attacks that leave something behind call it `left-behind...`.
"""

import io
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

from course.judge.audience import in_language
from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.jail import FIRST_USER
from course.judge.kill_matrix import load_checks
from course.judge.processes import descendants
from course.lessons import ROOT, lessons_named
from course.report import junit, terminal
from course.report.model import CheckResult, LessonResult, Result, from_json, to_json

# What stands for all that a student must never see: it is in the judge's memory and environment, and in files.
SECRET = f"secret-{secrets.token_hex(12)}"
LEFT_BEHIND = "left-behind"
# Killed processes may take a moment to go. No test waits longer than this, in real seconds.
PATIENCE = 20.0


class Attacked(NamedTuple):
    """What came of an attack: the lesson's result, and all that is printed or written about it."""

    lesson: LessonResult
    output: str

    @property
    def points(self) -> int:
        """The points that the attack has earned."""
        return self.lesson.points

    @property
    def said(self) -> str:
        """What a student reads about all failures, in one line."""
        said = [self.lesson.problem, *(_said(check) for check in self.lesson.checks)]
        return " ".join(" ".join(said).split())

    @property
    def lost(self) -> list[str]:
        """The checks that have failed."""
        return [check.id for check in self.lesson.checks if check.status == "failed"]

    def check(self, name: str) -> CheckResult:
        """The result of one check."""
        return next(check for check in self.lesson.checks if check.id == name)


def _said(check: CheckResult) -> str:
    return f"{check.failure.expected} {check.failure.got}" if check.failure else check.reason


# The honest neighbours, the lessons that are quickest to grade: one check in virtual time, and one proved outside.
NEIGHBOURS = {"a17": ("order_and_time", "limit"), "a18": ("shutdown_in_parallel",)}


def grade_beside_honest(bench: Bench, key: str, source: str, *, whole: bool = True) -> Attacked:
    """Grade a hostile module for the lesson `key`, and at the same time an honest one, which must get all points.

    The honest one is graded `whole`, or in a few of its checks.
    """
    (lesson,), _ = lessons_named([key])
    (other,), _ = lessons_named(["a17" if key != "a17" else "a18"])
    checks = {lesson: load_checks(lesson), other: load_checks(other)}
    if not whole:
        checks[other] = {name: checks[other][name] for name in NEIGHBOURS[other.key]}
    sources = {lesson: source, other: other.solution.read_text(encoding="utf-8")}
    with ThreadPoolExecutor(bench.width) as pool:
        gradings = [LessonGrading(each, text, checks[each], bench=bench, pool=pool) for each, text in sources.items()]
        for grading in gradings:
            grading.start()
        hostile, honest = (in_language(grading.result(), "en") for grading in gradings)
    lost = [check.id for check in honest.checks if check.id in checks[other] and check.status != "passed"]
    assert not lost, f"the honest submission lost points: {to_json(_result(honest))}"
    assert not [check.id for check in hostile.checks if check.status == "broken"], hostile
    return Attacked(hostile, _outputs_of(hostile))


def _outputs_of(lesson: LessonResult) -> str:
    result = _result(lesson)
    printed = io.StringIO()
    terminal.print_report(result, terminal.report_console(printed))
    return "\n".join([printed.getvalue(), junit.to_junit(result), to_json(result)])


def _result(lesson: LessonResult) -> Result:
    return Result(
        schema="course/result/v1",
        submission="mallory",
        graded_at="2026-01-01T00:00:00+00:00",
        python="3.11.7",
        seconds=0.0,
        isolation="",
        points=lesson.points,
        max_points=lesson.max_points,
        lessons=(lesson,),
        notes=(),
    )


def grade_folder(folder: Path, keys: Iterable[str]) -> tuple[Result, str]:
    """Grade a folder with the command, as an instructor does; the result, and all that was printed."""
    done = subprocess.run(
        [sys.executable, "-m", "course", "grade", str(folder), *keys, "--json", "--junit", str(folder / "junit.xml")],
        cwd=ROOT,
        env={**os.environ, "COURSE_TEST_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode in (0, 1), done.stderr
    written = (folder / "junit.xml").read_text(encoding="utf-8")
    return from_json(json.dumps(json.loads(done.stdout))), done.stdout + done.stderr + written


class Machine:
    """What an attack must leave as it was."""

    def __init__(self) -> None:
        self._processes = set(descendants(os.getpid()))
        self._repository = _repository_before()

    def require_as_before(self) -> None:
        """Require that nothing was left behind, and nothing changed."""
        deadline = time.monotonic() + PATIENCE
        while left := self._left_processes():
            assert time.monotonic() < deadline, f"still running: {left}"
            os.sched_yield()
        for place in ("/dev/shm", "/run", tempfile.gettempdir(), "/tmp", str(Path.home()), str(ROOT), str(ROOT.parent)):
            found = [name for name in os.listdir(place) if name.startswith(LEFT_BEHIND)] if os.path.isdir(place) else []
            assert not found, f"left in {place}: {found}"
        assert _state_of_repository() == self._repository, "the repository was changed"

    def _left_processes(self) -> dict[int, str]:
        """Processes that were not there before: below us, or of a user that only cases have."""
        new = set(descendants(os.getpid())) - self._processes
        return {process: name for process in new | _of_cases() if (name := _command(process))}


def _of_cases() -> set[int]:
    found = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            user = os.stat(f"/proc/{process}").st_uid - FIRST_USER
        except OSError:
            continue
        if user >= 0 and user // 64 == os.getpid():
            found.add(int(process))
    return found


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


@cache
def _repository_before() -> dict[str, int]:
    """As the first attack found it."""
    return _state_of_repository()


def _state_of_repository() -> dict[str, int]:
    """The files that decide verdicts, and when they were changed."""
    return dict(
        changed for folder in ("course", "graders", "solutions", "exercises") for changed in _files(ROOT / folder)
    )


def _files(folder: str | Path) -> Iterator[tuple[str, int]]:
    for entry in os.scandir(folder):
        if not entry.is_dir(follow_symlinks=False):
            yield entry.path, entry.stat(follow_symlinks=False).st_mtime_ns
        elif entry.name != "__pycache__":  # folders' times change with it
            yield from _files(entry.path)
