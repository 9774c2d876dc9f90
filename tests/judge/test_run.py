"""A run as a check sees it: its value, or why there is none."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge.run import CheckFailed, Run, peak

Make = Callable[..., Any]


def raised(kind: str, message: str) -> dict[str, Any]:
    """An exception of a record."""
    return {"type": kind, "message": message, "line": 3}


def test_a_finished_run_has_a_value(make_run: Make) -> None:
    assert make_run(value=["tuple", [1, ["list", []]]]).value == (1, [])


@pytest.mark.parametrize(
    ("fields", "got"),
    [
        ({"outcome": "error", "error": raised("KeyError", "'a'")}, "KeyError: 'a'"),
        ({"outcome": "error", "error": raised("KeyError", "")}, "KeyError"),
        ({"outcome": "error"}, "the run ended in an unknown way"),
        ({"outcome": "passed"}, "the run ended in an unknown way"),
        (
            {"outcome": "not_simulated", "error": raised("NotSimulated", "starting a process")},
            "starting a process cannot run in virtual time, which this lesson's checks need",
        ),
        ({"value": ["verdict", "passed"]}, "the result of the run holds something that is no plain value"),
        ({"value": {"passed": True}}, "the result of the run holds something that is no plain value"),
    ],
)
def test_without_a_value_the_check_has_failed_and_says_why(make_run: Make, fields: Any, got: str) -> None:
    """What a worker lies about is the student's failure, not a breakdown of the grader."""
    run = make_run(**fields)
    with pytest.raises(CheckFailed) as caught:
        _ = run.value
    assert caught.value.got == got
    assert caught.value.run is run


def test_a_stuck_task_names_whom_it_waits_for(make_run: Make, stack: Make) -> None:
    stuck = [
        stack(name="Task-1", called="wait", line=30, awaits=["Task-2", "Task-3"]),
        stack(name="Task-2", line=21, wants="task", awaits=["Task-3"], holder="Task-3"),
        stack(name="Task-3", called="Lock.acquire", line=7, wants="lock", holder="Task-2"),
    ]
    assert make_run(outcome="deadlock", stuck=stuck).who_waits() == (
        "Task-1 waits in wait() for Task-2, Task-3 at line 30; Task-2 waits for Task-3 at line 21; "
        "Task-3 waits in Lock.acquire() for `lock`, which Task-2 holds, at line 7"
    )


@pytest.mark.parametrize(("outcome", "begins"), [("deadlock", "a deadlock: "), ("no_end", "it goes on for ever: ")])
def test_a_run_that_does_not_come_back_names_all_who_are_in_it(
    make_run: Make, stack: Make, outcome: str, begins: str
) -> None:
    stuck = [
        stack(called="Queue.join", line=30),
        stack(number=1, name="worker 1", called="Queue.get", line=21),
        stack(number=2, name="worker 2", blocked=False, line=7),
    ]
    run = make_run(outcome=outcome, stuck=stuck)
    with pytest.raises(CheckFailed) as caught:
        _ = run.value
    assert caught.value.got == begins + (
        "main waits in Queue.join() at line 30; worker 1 waits in Queue.get() at line 21; worker 2 runs at line 7"
    )


def test_a_run_whose_worker_died_has_no_evidence_and_a_sentence() -> None:
    run = Run(None, case={}, died="your code ended the process")
    assert not run.has_evidence
    assert run.choices == ()
    with pytest.raises(CheckFailed, match="got: your code ended the process"):
        _ = run.value


def test_require_fails_only_when_the_promise_is_broken(make_run: Make) -> None:
    run = make_run()
    run.require(True, expected="a", got="b")
    with pytest.raises(CheckFailed) as caught:
        run.require(False, expected="a", got="b", diagnosis="race")
    assert (caught.value.expected, caught.value.got, caught.value.diagnosis) == ("a", "b", "race")


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(0, 10)], 1),
        ([(0, 10), (10, 20)], 1),
        ([(0, 10), (9, 20)], 2),
        ([(0, None), (5, None), (9, 10)], 3),
        ([(0, 0), (0, 10)], 1),
        ([(0, 30), (5, 10), (10, 15)], 2),
    ],
)
def test_peak_counts_calls_that_overlap(
    make_run: Make, call: Make, spans: list[tuple[int, int | None]], most: int
) -> None:
    """A call that begins when another ends comes after it."""
    run = make_run(calls=[call(*span) for span in spans] + [call(0, 100, name="store")])
    assert run.peak("fetch") == most
    assert peak(run.calls("fetch")) == most
    assert len(run.calls("store")) == 1


def test_of_a_crowd_that_waits_the_first_are_named(make_run: Make, stack: Make) -> None:
    """And how many more there are."""
    crowd = [stack(number=number, name=f"worker {number}", called="Queue.get") for number in range(1_000)]
    told = make_run(outcome="deadlock", stuck=crowd).who_waits()
    assert told.startswith("worker 0 waits in Queue.get() at line 3; worker 1 waits in Queue.get() at line 3; ")
    assert told.endswith("; worker 7 waits in Queue.get() at line 3; and 992 more")
