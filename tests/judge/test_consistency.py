"""Records that contradict themselves are no records of the lab's; those of the lab never do."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from course.judge.consistency import contradiction
from course.judge.drivers import Drivers
from course.judge.records import Call, RunRecord, Sleep, Thread
from course.judge.run import CheckFailed

PLAIN = {"strategy": "deviating", "at": []}
EXPLORED: dict[str, Any] = {"mode": "simulated"}
SECOND = 1_000_000_000


def call(thread: int, start: int, end: int | None, lane: str = "worker") -> Call:
    return Call(name="fetch", tag="", lane=lane, thread=thread, start=start, end=end, error="")


RECORD = RunRecord(
    nonce="n",
    outcome="finished",
    value=1,
    error=None,
    duration=3 * SECOND,
    output="",
    threads=[
        Thread(number=0, name="main", start=0, end=None),
        Thread(number=1, name="worker", start=0, end=2 * SECOND),
    ],
    calls=[call(1, 0, SECOND), call(1, SECOND, 2 * SECOND)],
    sleeps=[Sleep(thread=1, seconds=2.0, line=1, in_loop=False)],
    choices=[(0, 1, 1)],
    schedule=PLAIN,
)
WRONG: dict[str, dict[str, Any]] = {
    "its end": {"outcome": "splendid"},
    "its error": {"outcome": "error"},
    "its schedule": {"schedule": {"strategy": "random-walk", "seed": 1}},
    "its threads": {"threads": [*RECORD.threads, RECORD.threads[1]]},
    "the times of its threads": {"threads": [RECORD.threads[0], Thread(number=1, name="worker", start=9, end=4)]},
    "the times of its calls": {"calls": [call(1, 0, 4 * SECOND)]},
    "who made its calls": {"calls": [call(7, 0, 1)]},
    "calls of one thread at the same time": {"calls": [call(1, 0, SECOND), call(1, 0, SECOND + 1)]},
    "who slept": {"sleeps": [Sleep(thread=7, seconds=0.0, line=1, in_loop=False)]},
    "how long it slept": {"sleeps": [Sleep(thread=1, seconds=2.5, line=1, in_loop=False)]},
    "who was picked": {"choices": [(0, 1, 9)]},
}


def test_a_record_whose_parts_fit_is_believed() -> None:
    assert contradiction(RECORD, EXPLORED, 0) is None


@pytest.mark.parametrize("what", WRONG)
def test_each_contradiction_is_named(what: str) -> None:
    assert contradiction(msgspec.structs.replace(RECORD, **WRONG[what]), EXPLORED, 0) == what


@pytest.mark.parametrize(
    "more",
    [
        {"calls": [call(1, 0, 2 * SECOND), call(1, 0, SECOND)]},  # one inside the other
        {"calls": [call(1, 0, None), call(1, 0, SECOND)]},  # the outer one never came to its end
        {"calls": [call(0, 0, SECOND, "Task-1"), call(0, 0, 2 * SECOND, "Task-2")]},  # tasks of one thread
        {"threads": [RECORD.threads[0], Thread(number=1, name="worker", start=0, end=None)], "duration": SECOND,
         "calls": []},  # the sleep has not ended
    ],
)  # fmt: skip
def test_what_can_be_is_no_contradiction(more: dict[str, Any]) -> None:
    assert contradiction(msgspec.structs.replace(RECORD, **more), EXPLORED, 0) is None


def test_in_any_order_tasks_are_picked_as_well() -> None:
    """They have numbers of their own, and are in the record of a traced run only."""
    picked = msgspec.structs.replace(RECORD, choices=[(0, 1, 9)])
    assert contradiction(picked, {**EXPLORED, "any_order": True}, 0) is None
    decided = msgspec.structs.replace(RECORD, choices=[(9, 1, 0)])
    assert contradiction(decided, {**EXPLORED, "any_order": True}, 0) == "who was picked"


def test_a_named_schedule_is_the_one_that_was_asked_for() -> None:
    """Whoever answers with another run than the one that was asked for has not run it."""
    asked = {**EXPLORED, "schedules": [{"strategy": "deviating", "at": ((0, 1, 1),)}]}
    right = msgspec.structs.replace(RECORD, schedule={"strategy": "deviating", "at": [[0, 1, 1]]})
    assert contradiction(right, asked, 0) is None
    assert contradiction(RECORD, asked, 0) == "its schedule"
    assert contradiction(right, asked, 1) == "its schedule"


def test_a_real_run_has_no_virtual_evidence() -> None:
    real = msgspec.structs.replace(RECORD, calls=[], threads=[], choices=[], sleeps=[], schedule={})
    assert contradiction(real, {"mode": "real"}, 0) is None
    assert contradiction(RECORD, {"mode": "real"}, 0) == "traces of a simulation"


def test_a_forged_record_fails_with_a_sentence(make_drivers: Callable[..., Drivers]) -> None:
    """A scenario that lends out the lab itself: a call is told of that nobody has made."""
    source = """
def work(lab):
    lab._calls.append({"name": "fetch", "tag": "", "lane": "", "thread": 7, "start": 0, "end": 0, "error": ""})
    return 42
"""
    lends = "def drive(student, lab):\n    return student.work(lab)\n"
    with pytest.raises(CheckFailed, match="the results of the run contradict each other"):
        _ = make_drivers(source, scenarios=lends).simulate("drive").value
