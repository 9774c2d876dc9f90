"""Replay: one check under the one schedule that a token names, as often as somebody wants to see it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.grading import LessonGrading, Verdict
from course.judge.kill_matrix import load_checks
from course.judge.replay import replay
from course.judge.tokens import Token, TokenError, token_of
from course.lessons import Lesson
from course.report.model import Failure

MakeLesson = Callable[..., Lesson]
WRONG = """
import threading

class _Box:
    count = 0

def work(times):
    box = _Box()
    go = threading.Event()

    def add():
        go.wait()
        for _ in range(times):
            count = box.count
            box.count = count + 1

    threads = [threading.Thread(target=add, name=name) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    return box.count
"""
RIGHT = WRONG.replace("def add():", "def add(lock=threading.Lock()):").replace(
    "            count = box.count\n            box.count = count + 1",
    "            with lock:\n                count = box.count\n                box.count = count + 1",
)
STUB = "def work(times):\n    raise NotImplementedError()\n"
CHECKS = """
def test_right(explore):
    for times in (1, 2):
        for run in explore("drive", times=times):
            run.require(run.value == 2 * times, expected=f"{2 * times}", got=f"{run.value}")

def test_breaks(explore):
    explore("drive", times=1)
    raise ZeroDivisionError
"""


@pytest.fixture
def lesson(make_lesson: MakeLesson) -> Lesson:
    """A lesson with a race in it."""
    return toy(make_lesson, CHECKS)


def toy(make_lesson: MakeLesson, checks: str) -> Lesson:
    """The toy lesson with these checks."""
    specs = (("right", "correctness", 1), ("breaks", "concurrency", 1))
    return make_lesson(checks=specs, files={"graders/t99_toy/test_toy.py": checks}, solution=RIGHT)


def hand_in(folder: Path, source: str) -> Path:
    """A submission."""
    file = folder / "t99_toy" / "toy.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return folder


def graded(lesson: Lesson, bench: Bench, source: str = WRONG) -> Failure:
    """The failure that a report would show."""
    with ThreadPoolExecutor(1) as pool:
        grading = LessonGrading(lesson, source, load_checks(lesson), bench=bench, pool=pool)
        failure = grading.verdict("right").failure
    assert failure is not None
    assert failure.token
    return failure


def test_a_replay_shows_what_the_report_has_shown_every_time(lesson: Lesson, bench: Bench, tmp_path: Path) -> None:
    """Word for word: values, locks, threads, and the token itself."""
    failure = graded(lesson, bench)
    assert failure.interleaving is not None
    assert failure.diagnosis is not None
    assert failure.diagnosis.id == "lost_update"
    folder = hand_in(tmp_path / "alice", WRONG)
    for _ in range(2):
        assert replay(token_of(failure.token), lesson, folder).verdict == Verdict("failed", failure)


def test_a_token_longer_than_need_be_is_told_as_it_is(lesson: Lesson, bench: Bench, tmp_path: Path) -> None:
    """Whoever asks for a schedule wants to see that one, not a shorter one."""
    drivers = Drivers(bench, lesson, WRONG)
    runs = [run for run in drivers.explore("drive", times=1).runs if run.value == 1]
    longest = max(runs, key=lambda run: len(run.choices))
    assert len(longest.choices) > 2
    token = token_of(graded(lesson, bench).token)._replace(choices=longest.choices)
    failure = replay(token, lesson, hand_in(tmp_path, WRONG)).verdict.failure
    assert failure is not None
    assert failure.token == str(token)


def test_a_repaired_submission_keeps_the_promise_under_the_same_schedule(
    lesson: Lesson, bench: Bench, tmp_path: Path
) -> None:
    token = token_of(graded(lesson, bench).token)
    verdict, followed = replay(token, lesson, hand_in(tmp_path, RIGHT))
    assert (verdict.status, followed) == ("passed", True)


def test_a_submission_that_cannot_go_that_way_is_told_apart(lesson: Lesson, bench: Bench, tmp_path: Path) -> None:
    """It keeps the promise, but that says less: its threads have been changed."""
    token = token_of(graded(lesson, bench).token)._replace(choices=((1, 9_999, 2),))
    verdict, followed = replay(token, lesson, hand_in(tmp_path, RIGHT))
    assert (verdict.status, followed) == ("passed", False)


def test_under_another_schedule_a_wrong_submission_may_keep_it_too(
    lesson: Lesson, bench: Bench, tmp_path: Path
) -> None:
    """It is the token's schedule that runs, and no other."""
    token = token_of(graded(lesson, bench).token)._replace(choices=())
    assert replay(token, lesson, hand_in(tmp_path, WRONG)).verdict.status == "passed"


def test_other_scenarios_of_the_check_run_under_the_plain_schedule_only(
    lesson: Lesson, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(graded(lesson, bench).token)
    runs: dict[int, int] = {}
    run = Drivers._run

    def counted(self: Drivers, request: dict[str, Any]) -> Any:
        explored = run(self, request)
        if "times" in request["arguments"]:
            runs[request["arguments"]["times"]] = len(explored)
        return explored

    monkeypatch.setattr(Drivers, "_run", counted)
    assert replay(token, lesson, hand_in(tmp_path, RIGHT)).verdict.status == "passed"
    assert runs == {1: 1, 2: 1}


def test_a_stub_is_told_as_one(lesson: Lesson, bench: Bench, tmp_path: Path) -> None:
    failure = replay(token_of(graded(lesson, bench).token), lesson, hand_in(tmp_path, STUB)).verdict.failure
    assert failure is not None
    assert failure.diagnosis is not None
    assert failure.diagnosis.id == "never_written"


def test_a_check_that_breaks_is_the_graders_fault(lesson: Lesson, tmp_path: Path) -> None:
    verdict = replay(Token("t99", "breaks", "0000", ()), lesson, hand_in(tmp_path, RIGHT)).verdict
    assert verdict.status == "broken"
    assert "ZeroDivisionError" in verdict.reason


def test_a_check_that_is_not_there_is_told(lesson: Lesson, tmp_path: Path) -> None:
    with pytest.raises(TokenError, match=r"^The lesson t99_toy has no check rihgt; was the token copied whole\?$"):
        replay(Token("t99", "rihgt", "0000", ()), lesson, hand_in(tmp_path, RIGHT))


def test_a_token_of_another_version_of_the_lesson_is_told(
    lesson: Lesson, bench: Bench, make_lesson: MakeLesson, tmp_path: Path
) -> None:
    """Its scenario is not there any more: a pass would say nothing."""
    token = token_of(graded(lesson, bench).token)
    folder = hand_in(tmp_path, RIGHT)
    changed = toy(make_lesson, CHECKS.replace("(1, 2)", "(2, 3)"))
    with pytest.raises(TokenError, match=r"^The check right has changed since the token was made"):
        replay(token, changed, folder)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "toy.py is empty."),
        ("def work(:\n", "toy.py, line 1, is not valid Python: invalid syntax."),
        ("def other(times):\n    pass\n", "toy.py has no function `work`."),
        ("import nowhere_at_all\n", "toy.py, line 1, imports `nowhere_at_all`, which is not there: "),
    ],
    ids=["empty", "syntax", "interface", "import"],
)
def test_a_module_that_cannot_be_run_is_told_in_the_words_of_the_report(
    lesson: Lesson, tmp_path: Path, source: str, sentence: str
) -> None:
    with pytest.raises(TokenError) as caught:
        replay(Token("t99", "right", "0000", ()), lesson, hand_in(tmp_path, source))
    assert str(caught.value).startswith(sentence)


def test_a_module_that_was_not_handed_in_is_told(lesson: Lesson, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TokenError, match=r"^toy.py was not handed in"):
        replay(Token("t99", "right", "0000", ()), lesson, tmp_path / "empty")
