"""Builders for the tests of the judge: a toy lesson, benches, and ways to wait with a limit."""

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from course import lessons
from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.interface import expected_interface
from course.judge.records import RunRecord
from course.judge.run import Run
from course.lessons import Lesson

# The usual scenario of the toy lesson: call `work` and give back what it returns.
CALL = "def drive(student, lab, **arguments):\n    return student.work(**arguments)\n"
# Every wait of these tests ends after so many seconds, with a failure.
PATIENCE = 20.0


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """Starters that all tests of a process share."""
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def make_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Lesson]:
    """Write the lesson `t99_toy` into a repository of its own, with checks given as (id, group, points)."""
    root = tmp_path / "repository"

    def make(
        *,
        checks: tuple[tuple[str, str, int], ...] = (("right", "correctness", 1),),
        files: dict[str, str] | None = None,
        scenarios: str = CALL,
        solution: str = "def work():\n    return 1\n",
        **more: Any,
    ) -> Lesson:
        monkeypatch.setattr(lessons, "ROOT", root)
        expected_interface.cache_clear()
        contents = {
            "graders/t99_toy/scenarios.py": scenarios,
            "solutions/t99_toy/toy.py": solution,
            **(files or {}),
        }
        for name, content in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        sentence = {"en": "a sentence", "zh": "一句话"}
        specs = [
            {"id": name, "group": group, "points": points, "says": sentence, "why": sentence, "hint": sentence}
            for name, group, points in checks
        ]
        table = {
            "order": 1,
            "minutes": 5,
            "demo": "wrong",
            "title": {"en": "Toy", "zh": "玩具"},
            "checks": specs,
            **more,
        }
        return msgspec.convert({"name": "t99_toy", **table}, Lesson)

    return make


@pytest.fixture
def make_drivers(bench: Bench, make_lesson: Callable[..., Lesson]) -> Callable[..., Drivers]:
    """Drive a source text through the scenarios of a toy lesson; options are those of `make_lesson`."""

    def make(source: str, **options: Any) -> Drivers:
        return Drivers(bench, make_lesson(**options), source)

    return make


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for something that another process brings about, with a limit."""

    def wait(holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, "it never came"
            os.sched_yield()

    return wait


@pytest.fixture
def require_session_gone() -> Callable[[int], None]:
    """Require that no living process belongs to the session of a worker; killed ones may take their time to go."""

    def require(leader: int) -> None:
        for process in _living(leader):
            try:
                descriptor = os.pidfd_open(process)
            except ProcessLookupError:
                continue
            with open(descriptor, closefd=True):
                assert select.select([descriptor], [], [], PATIENCE)[0], f"process {process} is still there"

    return require


def _living(leader: int) -> list[int]:
    """The processes of a session that are no zombies, in the words of /proc."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] not in "ZX":
            found.append(int(name))
    return found


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Make a run as a worker could have told of it; options are fields of its record."""

    def make(**fields: Any) -> Run:
        usual = {"nonce": "n", "outcome": "finished", "value": None, "error": None, "duration": 0, "output": ""}
        record = msgspec.convert({"kind": "run", **usual, **fields}, RunRecord)
        return Run(record, case={"mode": "simulated"})

    return make


@pytest.fixture
def stack() -> Callable[..., dict[str, Any]]:
    """Make a stack of a record."""

    def make(**fields: Any) -> dict[str, Any]:
        usual = {"number": 0, "name": "main", "daemon": False, "blocked": True, "holder": "", "line": 3}
        return {**usual, "function": "work", "called": "", **fields}

    return make


@pytest.fixture
def call() -> Callable[..., dict[str, Any]]:
    """Make a call of a record, from `start` to `end` virtual nanoseconds."""

    def make(start: int, end: int | None, **fields: Any) -> dict[str, Any]:
        usual = {"name": "fetch", "tag": "", "lane": "worker", "thread": 1, "error": ""}
        return {**usual, "start": start, "end": end, **fields}

    return make
