"""Evidence for people: time lines, interleavings, and the line to look at."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge.drivers import Drivers
from course.judge.evidence import MOST_BARS, look_at, time_line
from course.judge.run import Run
from course.judge.story import MOST_STEPS, interleaving
from course.judge.witness import trace_of

Make = Callable[..., Any]
SECOND = 1_000_000_000
SOURCE = "first\n  second\nthird\n"
RACE = """
import threading

class Box:
    def __init__(self):
        self.count = 0

    def add(self):
        count = self.count
        self.count = count + 1

def work():
    box = Box()
    threads = [threading.Thread(target=box.add, name=name) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return box.count
"""


def test_a_time_line_shows_calls_in_virtual_seconds(make_run: Make, call: Make) -> None:
    run = make_run(duration=3 * SECOND, calls=[call(0, SECOND, tag="ACME"), call(SECOND, None, lane="main")])
    line = time_line(run.record)
    assert line is not None
    assert line.seconds == 3.0
    assert [(bar.lane, bar.label, bar.start, bar.end) for bar in line.bars] == [
        ("worker", "fetch ACME", 0.0, 1.0),
        ("main", "fetch", 1.0, None),
    ]


def test_fewer_than_two_calls_that_take_time_are_no_time_line(make_run: Make, call: Make) -> None:
    """There is nothing to be seen in it."""
    assert time_line(make_run(calls=[call(0, 1), call(1, 1), call(2, 2)]).record) is None
    assert time_line(make_run(calls=[]).record) is None


def test_a_time_line_has_room_for_so_many_calls(make_run: Make, call: Make) -> None:
    line = time_line(make_run(calls=[call(0, 1)] * (MOST_BARS + 5)).record)
    assert line is not None
    assert len(line.bars) == MOST_BARS


def test_a_lost_update_is_told_line_by_line(make_drivers: Callable[..., Drivers]) -> None:
    """Both threads read before either writes, and the story says who stopped where."""
    drivers = make_drivers(RACE)
    lost = next(run for run in drivers.explore("drive") if run.value == 1)
    traced = trace_of(lost, drivers)
    assert traced is not None
    told = interleaving(traced, RACE)
    assert told is not None
    assert {"left", "right"} <= set(told.columns)
    assert len(told.steps) <= MOST_STEPS
    writes = [told.columns[step.column] for step in told.steps if step.source == "self.count = count + 1"]
    assert set(writes) == {"left", "right"}
    for step in told.steps:
        assert step.source == RACE.splitlines()[step.line - 1].strip()


def test_a_story_of_one_thread_is_no_interleaving(make_drivers: Callable[..., Drivers]) -> None:
    drivers = make_drivers("def work():\n    x = 1\n    return x\n")
    traced = trace_of(drivers.simulate("drive"), drivers)
    assert traced is not None
    assert traced.trace
    assert interleaving(traced, "") is None


def test_a_trace_that_names_no_place_of_the_students_is_no_crash(make_run: Make) -> None:
    """It comes from a worker, and may lie."""
    trace = [[0, thread, "preempt", site, ""] for thread in (0, 1) for site in (0, 1, 2, 99, -1)]
    record = make_run(trace=trace, sites=[[0, "", ""], [1, "read", "x"], [10**9, "read", "y"]]).record
    told = interleaving(record, SOURCE)
    assert told is not None
    assert {step.source for step in told.steps} <= {"first", ""}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"error": {"type": "E", "message": "", "line": 2}}, 2),
        ({"uncaught": [{"where": "t", "type": "E", "message": "", "line": 3}]}, 3),
        ({"sleeps": [{"thread": 0, "seconds": 1.0, "line": 1, "in_loop": False}]}, 1),
        ({"error": {"type": "E", "message": "", "line": 0}}, None),
        ({}, None),
    ],
)
def test_where_to_look_is_the_line_that_has_to_do_with_the_failure(
    make_run: Make, fields: dict[str, Any], line: int | None
) -> None:
    place = look_at(make_run(**fields), SOURCE, "toy.py")
    assert (place.line if place else None) == line
    if place is not None:
        assert (place.file, place.source) == ("toy.py", SOURCE.splitlines()[place.line - 1].strip())


def test_in_a_deadlock_it_is_where_the_caller_waits(make_run: Make, stack: Make) -> None:
    """The main thread first: it is the one that a student sees hanging."""
    stuck = [stack(number=1, name="worker", line=1), stack(number=0, line=3)]
    place = look_at(make_run(outcome="deadlock", stuck=stuck), SOURCE, "toy.py")
    assert place is not None
    assert place.line == 3


def test_a_line_that_is_not_there_has_no_source(make_run: Make) -> None:
    place = look_at(make_run(error={"type": "E", "message": "", "line": 99}), SOURCE, "toy.py")
    assert place is not None
    assert (place.line, place.source) == (99, "")


def test_without_evidence_there_is_nowhere_to_look() -> None:
    assert look_at(Run(None, case={}, died="ended"), SOURCE, "toy.py") is None
