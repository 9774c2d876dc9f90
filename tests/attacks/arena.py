"""The arena: grades hostile submissions beside an honest one, and looks at the machine before and after.

Of every attack four things are required: it earns no more than its honest part, the honest submission keeps its points,
nothing survives (no process, no file, no shared memory), and no secret reaches any output. Attacks that leave something
behind call it `left-behind...`.
"""

import io
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

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
# The honest neighbours: the lessons that are quickest to grade, and of each two checks that meet the judge.
NEIGHBOURS = {"a17": ("order_and_time", "limit"), "a18": ("happy", "shutdown_in_parallel")}


class Attacked(NamedTuple):
    """What came of an attack: the result of the checks that were asked for, and all that is printed or written."""

    lesson: LessonResult
    output: str

    @property
    def points(self) -> int:
        """The points that the attack has earned in these checks."""
        return self.lesson.points

    @property
    def said(self) -> str:
        """What is said about all failures, in one line."""
        said = [self.lesson.problem, *(_said(check) for check in self.lesson.checks)]
        return " ".join(" ".join(said).split())

    @property
    def passed(self) -> set[str]:
        """The checks that have passed."""
        return {check.id for check in self.lesson.checks if check.status == "passed"}

    @property
    def lost(self) -> set[str]:
        """The checks that have not."""
        return {check.id for check in self.lesson.checks} - self.passed

    def check(self, name: str) -> CheckResult:
        """The result of one check."""
        return next(check for check in self.lesson.checks if check.id == name)


def _said(check: CheckResult) -> str:
    return f"{check.failure.expected} {check.failure.got}" if check.failure else check.reason


def grade_beside_honest(
    bench: Bench, key: str, sources: Mapping[str, str], checks: Sequence[str] = (), *, whole: bool = False
) -> dict[str, Attacked]:
    """Grade hostile modules for the lesson `key` side by side, in some of its checks or in all.

    Beside them an honest submission is graded, `whole` or in two checks, which it must pass.
    """
    other = "a17" if key != "a17" else "a18"
    with ThreadPoolExecutor(bench.width) as pool:
        honest = _grading(bench, pool, other, None, () if whole else NEIGHBOURS[other])
        hostile = {name: _grading(bench, pool, key, source, checks) for name, source in sources.items()}
        for grading in (honest, *hostile.values()):
            grading.start()
        told = {name: _result(grading) for name, grading in hostile.items()}
        neighbour = _result(honest)
    assert [check.id for check in neighbour.checks if check.status != "passed"] == [], to_json(_alone(neighbour))
    broken = [check for result in told.values() for check in result.checks if check.status == "broken"]
    assert broken == []
    return {name: Attacked(result, _outputs_of(result)) for name, result in told.items()}


def _grading(
    bench: Bench, pool: ThreadPoolExecutor, key: str, source: str | None, names: Collection[str]
) -> LessonGrading:
    (lesson,), _ = lessons_named([key])
    checks = load_checks(lesson)
    asked = {name: checks[name] for name in names} or checks
    text = lesson.solution.read_text(encoding="utf-8") if source is None else source
    return LessonGrading(lesson, text, asked, bench=bench, pool=pool)


def _result(grading: LessonGrading) -> LessonResult:
    """The result of the checks that were asked for, in English."""
    result: LessonResult = in_language(grading.result(), "en")
    return msgspec.structs.replace(
        result, checks=tuple(check for check in result.checks if check.id in grading.verdicts)
    )


def _outputs_of(lesson: LessonResult) -> str:
    result = _alone(lesson)
    printed = io.StringIO()
    terminal.print_report(result, terminal.report_console(printed))
    return "\n".join([printed.getvalue(), junit.to_junit(result), to_json(result)])


def _alone(lesson: LessonResult) -> Result:
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


def grade_folder(folder: Path, *keys: str) -> tuple[Result, str]:
    """Grade a folder with the command, as an instructor does; the result, and all that was printed or written."""
    junit_file = folder / "junit.xml"
    command = [sys.executable, "-m", "course", "grade", str(folder), *keys, "--json", "--junit", str(junit_file)]
    printed, warned = _run(command, ROOT)
    return from_json(json.dumps(json.loads(printed))), printed + warned + junit_file.read_text(encoding="utf-8")


def grade_from_within(folder: Path, *keys: str) -> tuple[Result, str]:
    """Grade a folder with the command, started in it; the result, and all that was printed."""
    printed, warned = _run([str(Path(sys.executable).with_name("course")), "grade", ".", *keys, "--json"], folder)
    return from_json(printed), printed + warned


def _run(command: list[str], folder: Path) -> tuple[str, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "COURSE_TEST_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout, done.stderr


def require_no_secret(output: str) -> None:
    """Neither the secret, nor where the graders lie."""
    assert SECRET not in output
    assert str(ROOT / "graders") not in output
    assert str(ROOT / "solutions") not in output


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
