"""Explanations: the parts of a failure belong to one run, and none is made up where there is no evidence."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from course.judge import explanation
from course.judge.drivers import Drivers
from course.judge.explanation import explain
from course.judge.run import CheckFailed, Run
from course.judge.tokens import LONGEST, scenario_hash, token_of
from course.lessons import Lesson
from course.report.model import Failure

MakeLesson = Callable[..., Lesson]
LOST_UPDATE = """
import threading

class Box:
    count = 0

def work():
    box = Box()
    go = threading.Event()

    def add():
        go.wait()
        for _ in range(3):
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
DEADLOCK = """
import threading

def work():
    a, b = threading.Lock(), threading.Lock()

    def left():
        with a:
            with b:
                pass

    def right():
        with b:
            with a:
                pass

    threads = [threading.Thread(target=target, name=target.__name__) for target in (left, right)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 6
"""


def six(drivers: Drivers) -> CheckFailed | None:
    """Promise that `work` gives 6."""
    try:
        for run in drivers.explore("drive"):
            run.require(run.value == 6, expected="6", got=str(run.value))
    except CheckFailed as failed:
        return failed
    return None


def explained(
    lesson: Lesson, drivers: Drivers, check: Callable[[Drivers], CheckFailed | None] = six
) -> tuple[Failure, CheckFailed]:
    """How a check fails, for people, and as it was found."""
    failed = check(drivers)
    assert failed is not None
    return explain(failed, lesson.check("right"), lesson, drivers, check), failed


@pytest.fixture
def explain_source(make_lesson: MakeLesson, bench: Any) -> Callable[..., tuple[Failure, CheckFailed]]:
    """Explain why a source text breaks the promise."""

    def run(source: str, **options: Any) -> tuple[Failure, CheckFailed]:
        lesson = make_lesson()
        return explained(lesson, Drivers(bench, lesson, source), **options)

    return run


Explain = Callable[..., tuple[Failure, CheckFailed]]


def test_a_race_is_told_by_its_steps_its_data_its_turning_point_and_its_token(explain_source: Explain) -> None:
    failure, failed = explain_source(LOST_UPDATE)
    assert failure.expected == failed.expected == "6"
    assert failure.diagnosis is not None
    assert failure.diagnosis.id == "lost_update"
    assert failure.interleaving is not None
    assert failure.time_line is None
    assert {race.name for race in failure.races} == {"box.count"}
    assert failure.look_at is not None
    stops = [step.line for step in failure.interleaving.steps if step.stopped]
    assert failure.look_at.line in stops
    assert failure.look_at.source == LOST_UPDATE.splitlines()[failure.look_at.line - 1].strip()


def test_all_that_is_told_is_of_the_run_that_the_token_names(
    explain_source: Explain, make_drivers: Callable[..., Drivers]
) -> None:
    """Not of the one that the check happened to meet first."""
    failure, failed = explain_source(LOST_UPDATE)
    token = token_of(failure.token)
    assert failed.run is not None
    assert (token.lesson, token.check, token.scenario) == ("t99", "right", scenario_hash(failed.run.case))
    assert len(token.choices) == 1
    again = make_drivers(LOST_UPDATE).schedules(failed.run.case, [token.choices])[0]
    assert str(again.value) == failure.got


def test_a_deadlock_is_told_by_who_waits_for_whom(explain_source: Explain) -> None:
    failure, _ = explain_source(DEADLOCK)
    assert failure.diagnosis is not None
    assert failure.diagnosis.id == "waits_for_itself"
    assert failure.interleaving is not None
    waits = {waiting.who: (waiting.wants, waiting.holder) for waiting in failure.stuck}
    assert waits["left"] == ("b", "right")
    assert waits["right"] == ("a", "left")
    assert failure.races == ()
    assert failure.token


def test_a_wrong_result_of_the_plain_schedule_has_a_token_and_no_story(explain_source: Explain) -> None:
    """There is nothing in the order of its steps; it can be replayed all the same."""
    failure, _ = explain_source("def work():\n    numbers = [1, 2, 3]\n    return sum(numbers[n] for n in (0, 1, 1))\n")
    assert failure.interleaving is None
    assert failure.stuck == ()
    assert re.fullmatch(r"t99\.right\.[0-9a-f]{4}\.0", failure.token)


def test_without_a_run_a_failure_has_its_words_and_nothing_else(make_lesson: MakeLesson, bench: Any) -> None:
    lesson = make_lesson()
    drivers = Drivers(bench, lesson, "def work():\n    return 1\n")
    for run in (None, Run(None, case={"mode": "simulated"}, died="it ended")):
        failed = CheckFailed(expected="four", got="five", run=run)
        failure = explain(failed, lesson.check("right"), lesson, drivers, lambda _: None)
        words = Failure(expected="four", got="five", why="a sentence", hint="a sentence")
        assert failure == words


def test_a_run_whose_trace_cannot_be_had_has_no_token_and_no_story(
    explain_source: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did not come out the same when it was run again: a token would be a false promise."""
    monkeypatch.setattr(explanation.witness, "trace_of", lambda *_: None)
    failure, _ = explain_source(LOST_UPDATE)
    assert (failure.token, failure.interleaving, failure.races) == ("", None, ())
    assert failure.expected == "6"


def test_a_token_too_long_to_be_read_again_is_not_shown(
    explain_source: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation.witness, "shortest", lambda failed, *_: failed)
    monkeypatch.setattr(explanation.witness, "trace_of", lambda run, _: run.record)
    monkeypatch.setattr(Run, "choices", property(lambda _: ((1, 2, 3),) * LONGEST))
    failure, _ = explain_source(LOST_UPDATE)
    assert (failure.token, failure.expected) == ("", "6")
