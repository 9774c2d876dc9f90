"""The soak takes the attacks from their tests, runs them, and would see whatever was left behind."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from benchmarks import soak
from benchmarks.attack_sources import ATTACKS, HostileModule, hostile_modules
from course.judge.bench import Bench
from course.lessons import lessons_named


@pytest.fixture(scope="module")
def modules() -> list[HostileModule]:
    """All modules of all attacks."""
    return list(hostile_modules())


def test_modules_are_taken_from_the_tests_of_attacks(modules: list[HostileModule]) -> None:
    name = "test_ending_early.py::test_nothing_that_a_case_has_started_outlives_it"
    outlives = [module for module in modules if module.test == name]
    assert [module.key for module in outlives] == ["p13"] * 4
    assert any("os.setsid()" in module.source for module in outlives)
    assert {module.test.partition("::")[0] for module in modules} <= {path.name for path in ATTACKS.glob("test_*.py")}
    assert len({module.test for module in modules}) > 50
    assert {module.key for module in modules} <= {lesson.key for lesson in lessons_named([])[0]}


def test_as_many_cases_as_asked_for_have_a_verdict(modules: list[HostileModule]) -> None:
    bench = Bench()
    try:
        early = [each for each in modules if each.test.endswith("::test_a_process_that_ends_has_no_result")]
        attacks = soak.Soak(bench, early, cases=5, seed=1, until=float("inf"))
        attacks.run()
        assert attacks.drawn.total() == 5
        assert attacks.verdicts == {"failed": 5}
        late = soak.Soak(bench, early, cases=5, seed=1, until=0.0)
        late.run()
        assert late.drawn.total() == 0
    finally:
        bench.close()


def test_what_is_left_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(soak, "PLACES", ())
    before = soak.figures()
    assert soak.differences(before, soak.figures()) == []
    (tmp_path / "left").touch()
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    with open("/dev/null") as _, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            left = soak.differences(before, soak.figures())
        finally:
            process.kill()
            waiting.set()
            thread.join()
    assert "1 threads" in left
    assert "1 processes" in left
    assert f"file: {tmp_path}/left" in left
    assert "open file: 1 x /dev/null" in left
