"""Verdicts: correctness first, the student's failures apart from the grader's, and no check without a verdict."""

import platform
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course.judge import grading as grading_module
from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.starter import GraderBroken
from course.language import as_it_is
from course.lessons import Lesson
from course.report.model import CheckResult, LessonResult

RIGHT = "def work():\n    return 1\n"
WRONG = "def work():\n    return 2\n"
CHECKS = (
    ("first", "correctness", 2),
    ("second", "correctness", 1),
    ("third", "concurrency", 3),
    ("last", "robustness", 4),
)
Grade = Callable[..., LessonResult]


def passes() -> None:
    """Keep every promise."""


def wants_one(simulate: Any) -> None:
    run = simulate("drive")
    run.require(run.value == 1, expected="1", got=as_it_is(str(run.value)))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads to run checks on."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def grade(bench: Bench, make_lesson: Callable[..., Lesson], pool: ThreadPoolExecutor) -> Grade:
    """Grade a source text with the checks given by name; no verdict may take longer than 20 s."""

    def run(
        source: str = RIGHT, *, every_check: bool = False, solution: str = RIGHT, **checks: Callable[..., None]
    ) -> LessonResult:
        lesson = make_lesson(checks=CHECKS, solution=solution)
        grading = LessonGrading(lesson, source, checks, bench=bench, pool=pool, every_check=every_check)
        grading.start()
        for verdict in grading.verdicts.values():
            verdict.result(20)
        return grading.result()

    return run


def could_not_work(why: str) -> str:
    """What a broken check says."""
    return f"The grader could not work on Python {platform.python_version()}: {why}."


def statuses(result: LessonResult) -> list[str]:
    """The statuses of all checks."""
    return [check.status for check in result.checks]


def of(result: LessonResult, name: str) -> CheckResult:
    """The result of one check."""
    return next(check for check in result.checks if check.id == name)


def test_all_checks_that_pass_give_all_points(grade: Grade) -> None:
    result = grade(first=passes, second=wants_one, third=wants_one, last=passes)
    assert statuses(result) == ["passed"] * 4
    assert (result.points, result.max_points) == (10, 10)


def test_a_lost_correctness_check_leaves_the_others_unreached(grade: Grade) -> None:
    """A wrong result makes every later failure a mere consequence."""
    result = grade(WRONG, first=wants_one, second=passes, third=passes, last=wants_one)
    assert statuses(result) == ["failed", "passed", "not_reached", "not_reached"]
    assert of(result, "third").reason == "comes after first"
    assert result.points == 1


def test_a_lost_later_check_leaves_the_rest_reached(grade: Grade) -> None:
    result = grade(WRONG, first=passes, second=passes, third=wants_one, last=passes)
    assert statuses(result) == ["passed", "passed", "failed", "passed"]
    assert result.points == 7


def test_with_every_check_nothing_is_unreached(grade: Grade) -> None:
    """For the kill matrix."""
    result = grade(WRONG, first=wants_one, second=passes, third=passes, last=wants_one, every_check=True)
    assert statuses(result) == ["failed", "passed", "passed", "failed"]


def test_an_absent_check_has_no_points(grade: Grade) -> None:
    """The list of checks is lesson.toml's, whatever was collected."""
    result = grade(first=passes, second=passes)
    assert statuses(result) == ["passed", "passed", "broken", "broken"]
    assert of(result, "third").reason == could_not_work("it has no such check")
    assert (result.points, result.max_points) == (3, 10)


def test_a_lesson_without_any_correctness_check_is_graded(grade: Grade) -> None:
    assert statuses(grade(third=passes, last=passes))[2:] == ["passed", "passed"]


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), SystemExit(0), KeyboardInterrupt(), StopIteration()])
def test_a_check_that_raises_is_broken_and_not_the_students_failure(grade: Grade, error: BaseException) -> None:
    def raises() -> None:
        raise error

    result = grade(first=passes, second=passes, third=raises, last=passes)
    assert statuses(result) == ["passed", "passed", "broken", "passed"]
    assert of(result, "third").failure is None
    assert f"the reference solution fails here, too ({type(error).__name__}" in of(result, "third").reason
    assert f"raised at {__file__}:" in of(result, "third").reason


def test_a_check_that_only_the_submission_makes_raise_is_failed_and_not_broken(grade: Grade) -> None:
    """With the reference solution it works; so students cannot have the grader look broken. Nothing of it is told."""

    def reads(simulate: Any) -> None:
        assert simulate("drive").value + 1 == 2, "the secret of the check"

    for source in ("def work():\n    return None\n", "def work():\n    return 7\n"):
        check = of(grade(source, first=reads), "first")
        assert check.status == "failed"
        assert check.failure is not None
        assert check.failure.got.startswith("nothing it can read (")
        assert "secret" not in check.failure.got


def test_a_submission_of_which_no_step_is_seen_is_lost_and_not_broken(grade: Grade) -> None:
    def explores(explore: Any) -> None:
        for run in explore("drive"):
            assert run.value == 1

    with_steps = "def _one():\n    return 1\ndef work():\n    return _one() + _one() - _one()\n"
    for solution, status in ((with_steps, "failed"), (RIGHT, "broken")):
        check = of(grade(RIGHT, solution=solution, first=explores), "first")
        assert check.status == status
    assert of(grade(with_steps, solution=with_steps, first=explores), "first").status == "passed"


def test_an_assertion_in_a_check_is_broken(grade: Grade) -> None:
    """`assert` says what the author takes for granted; promises are told with `require`."""

    def asserts() -> None:
        raise AssertionError

    assert of(grade(first=passes, second=passes, third=asserts), "third").status == "broken"


def test_a_grader_that_cannot_work_says_what_to_do(grade: Grade) -> None:
    def breaks() -> None:
        raise GraderBroken(as_it_is("no more memory"))

    assert of(grade(first=breaks), "first").reason == could_not_work("no more memory")


@pytest.mark.parametrize("error", [GraderBroken(as_it_is("gone")), OverflowError("too large"), RecursionError()])
def test_evidence_that_cannot_be_made_changes_no_verdict(
    grade: Grade, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What was expected and what was got is known by then; only the story is missing."""

    def breaks(*_: object) -> None:
        raise error

    monkeypatch.setattr(grading_module, "explain", breaks)
    result = grade(WRONG, first=wants_one, second=passes, third=passes)
    assert statuses(result)[:3] == ["failed", "passed", "not_reached"]
    failure = of(result, "first").failure
    assert failure is not None
    assert (failure.expected, failure.got, failure.why) == ("1", "2", "a sentence")


def test_a_verdict_that_cannot_be_given_is_no_missing_one(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of pytest would wait for it for ever."""

    def breaks(*_: object) -> None:
        raise OverflowError("too large")

    monkeypatch.setattr(grading_module, "how_far", breaks)
    assert of(grade(first=passes), "first").reason == could_not_work("OverflowError: too large")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def work(:\n", "toy.py, line 1, is not valid Python: invalid syntax."),
        ("", "toy.py is empty."),
        ("x = 1\n", "toy.py has no function `work`."),
    ],
)
def test_a_module_that_cannot_be_graded_is_one_problem(grade: Grade, source: str, problem: str) -> None:
    """No check runs, and none is a failure of its own."""
    result = grade(source, first=passes, second=passes, third=passes, last=passes)
    assert result.problem == problem
    assert statuses(result) == ["not_reached"] * 4
    assert result.points == 0


def test_a_refused_module_is_one_problem(
    bench: Bench, make_lesson: Callable[..., Lesson], pool: ThreadPoolExecutor
) -> None:
    lesson = make_lesson(checks=CHECKS)
    grading = LessonGrading(lesson, "", {"first": passes}, bench=bench, pool=pool)
    grading.refuse("toy.py was not handed in.")
    assert grading.result().problem == "toy.py was not handed in."
    assert of(grading.result(), "first").status == "not_reached"


def test_a_failure_says_its_four_parts_and_where_to_look(grade: Grade) -> None:
    def wants_two(simulate: Any) -> None:
        _ = simulate("drive").value

    result = grade("def work():\n    raise KeyError('a')\n", first=wants_two, second=passes)
    failure = of(result, "first").failure
    assert failure is not None
    assert (failure.expected, failure.got) == ("no exception comes out of your code here", "KeyError: 'a'")
    assert (failure.why, failure.hint) == ("a sentence", "a sentence")
    assert failure.look_at is not None
    assert (failure.look_at.line, failure.look_at.source) == (2, "raise KeyError('a')")


def test_a_scenario_that_two_checks_ask_for_runs_once(grade: Grade) -> None:
    """Both get the same runs, even when they ask at the same moment."""
    seen = []
    together = threading.Barrier(2)

    def asks(simulate: Any) -> None:
        together.wait(20)
        seen.append(simulate("drive"))

    grade(first=asks, second=asks)
    assert len(seen) == 2
    assert seen[0] is seen[1]


def test_runs_that_met_no_point_prove_nothing(grade: Grade) -> None:
    """Exploring code that never came to run would be a check that cannot fail."""

    def explores(explore: Any) -> None:
        for run in explore("drive"):
            assert run.value == 1

    assert "nothing was explored" in of(grade("work = lambda: 1\n", first=explores), "first").reason


# --- what passed checks have looked at ----------------------------------------------------------------------------

SHARED = """
import threading

class _Box:
    value = 0

def work(count=1):
    box = _Box()
    threads = [threading.Thread(target=setattr_one, args=(box,), name=name) for name in "ab"[:count]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return box.value

def setattr_one(box):
    box.value = 1
"""
IN_ORDER = "import threading\nlock = threading.Lock()\n" + SHARED.replace(
    "    box.value = 1", "    with lock:\n        box.value = 1"
)


RENAMED = SHARED.replace('"ab"', '"cd"')


def wants_another_name(explore: Any) -> None:
    for run in explore("drive", count=2, schedules=30):
        named = [thread.name for thread in run.record.threads]
        run.require("a" not in named, expected=as_it_is("no thread a"), got=as_it_is(", ".join(named)))


def explores_two(explore: Any) -> None:
    for run in explore("drive", count=2, schedules=30):
        run.require(run.value == 1, expected="1", got=str(run.value))


def explores_all(explore: Any) -> None:
    for run in explore("drive", count=1, schedules=500):
        run.require(run.value == 1, expected="1", got=str(run.value))


def explores_both(explore: Any) -> None:
    explores_all(explore)
    explores_two(explore)


def test_a_passed_check_says_how_far_it_has_looked(grade: Grade) -> None:
    """All that there is of one thread; a sample of two; all in all the lesser of what was proved."""
    result = grade(SHARED, first=explores_all, second=explores_two, third=explores_both, last=wants_one)
    everything, sample, both = (of(result, name).explored for name in ("first", "second", "third"))
    assert everything is not None
    assert everything.all
    assert everything.schedules < 500
    assert sample is not None
    assert (sample.schedules, sample.all) == (30, False)
    assert both is not None
    assert both.schedules == everything.schedules + sample.schedules
    assert (both.bound, both.all) == (sample.bound, False)


def test_a_check_that_explores_nothing_does_not_say_that_it_has(grade: Grade) -> None:
    result = grade(SHARED, first=wants_one, second=passes, third=passes, last=passes)
    assert [check.explored for check in result.checks] == [None] * 4


def test_a_lost_check_says_nothing_about_how_far_it_has_looked(grade: Grade) -> None:
    """It has found what it looked for."""

    def explores_and_fails(explore: Any) -> None:
        explores_two(explore)
        wants_another_name(explore)

    check = of(grade(SHARED, solution=RENAMED, first=explores_and_fails), "first")
    assert (check.status, check.explored) == ("failed", None)


def test_a_data_race_without_consequences_is_noted_and_costs_nothing(grade: Grade) -> None:
    """Both write the same value: every promise is kept, but nothing orders the two. Two checks, one note."""
    result = grade(SHARED, first=explores_two, second=explores_two, third=explores_both, last=passes)
    assert (result.points, result.max_points) == (10, 10)
    (race,) = result.races
    assert race.name == "box.value"
    assert {race.first.thread, race.second.thread} == {"a", "b"}
    assert race.first.writes
    assert race.second.writes


def test_writes_that_a_lock_orders_are_no_race(grade: Grade) -> None:
    result = grade(IN_ORDER, first=explores_two, second=explores_two, third=explores_both, last=passes)
    assert result.points == 10
    assert result.races == ()


def test_where_a_check_is_lost_the_races_are_told_there(grade: Grade) -> None:
    """A note beside a lost check would only distract from it."""
    checks = {"first": explores_two, "second": explores_two, "third": wants_another_name, "last": passes}
    result = grade(SHARED, solution=RENAMED, **checks)
    assert result.points == 7
    assert result.races == ()


def test_a_check_that_cannot_judge_by_one_run_is_lost_and_not_broken(grade: Grade) -> None:
    """It is asked again about single runs, to find the shortest."""

    def compares(explore: Any) -> None:
        runs = explore("drive", count=2, schedules=30)
        runs[29].require(runs[0].value == 2, expected=as_it_is("two"), got=as_it_is("another"))

    check = of(grade(SHARED, solution=SHARED.replace("value = 1", "value = 2"), first=compares), "first")
    assert check.status == "failed"
    assert check.failure is not None
    assert check.failure.expected == "two"
