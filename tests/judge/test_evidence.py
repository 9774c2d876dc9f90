"""Evidence for people: time lines, interleavings, and the line to look at."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge.drivers import Drivers
from course.judge.evidence import MOST_BARS, ROOM_FOR_WAITS, look_at, stuck, time_line
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
    stacks = [stack(number=1, name="worker", line=1), stack(number=0, line=3)]
    place = look_at(make_run(outcome="deadlock", stuck=stacks), SOURCE, "toy.py")
    assert place is not None
    assert place.line == 3


def test_a_line_that_is_not_there_has_no_source(make_run: Make) -> None:
    place = look_at(make_run(error={"type": "E", "message": "", "line": 99}), SOURCE, "toy.py")
    assert place is not None
    assert (place.line, place.source) == (99, "")


def test_without_evidence_there_is_nowhere_to_look() -> None:
    assert look_at(Run(None, case={}, died="ended"), SOURCE, "toy.py") is None


# --- waits and tasks --------------------------------------------------------------------------------------------------

TASKS = [
    {"number": 1001, "name": "Task-1", "function": "", "start": 0, "end": None, "ended": ""},
    {"number": 1002, "name": "Task-2", "function": "load", "start": 0, "end": SECOND, "ended": "returned"},
    {"number": 1003, "name": "Task-3", "function": "idle", "start": 0, "end": 0, "ended": "returned"},
    {"number": 1004, "name": "Task-4", "function": "", "start": 0, "end": 0, "ended": "returned"},
]
SITES = [[0, "", ""], [2, "await", "queue.get"]]


def wait(task: int, start: int, end: int) -> list[list[Any]]:
    """The events of one wait of a task's."""
    return [[start, task, "block", 1, ""], [end, task, "resume", 0, ""]]


def test_a_time_line_shows_the_lives_of_tasks_in_the_lanes_of_their_calls(make_run: Make, call: Make) -> None:
    """Calls are noted by the name of the task alone. A student's coroutine has a lane though nothing is in it."""
    calls = [call(0, SECOND, lane="Task-2"), call(0, SECOND, lane="main")]
    line = time_line(make_run(duration=SECOND, calls=calls, tasks=TASKS).record)
    assert line is not None
    assert [bar.lane for bar in line.bars] == ["Task-2 load", "main"]
    assert [life.lane for life in line.lives] == ["Task-2 load", "Task-3 idle"]


def test_a_wait_in_a_call_is_shown_unless_a_line_of_the_students_made_the_call(make_run: Make, call: Make) -> None:
    """The collaborator's own wait says nothing; that of student's code which a scenario calls does."""
    calls = [call(0, 2 * SECOND, lane="Task-2"), call(0, 2 * SECOND, lane="main")]
    waits = wait(1002, 0, SECOND)
    for made, shown in ([], 3), ([[0, 1002, "call", 0, "0"]], 2), ([[0, 0, "call", 0, "1"]], 3):
        line = time_line(make_run(calls=calls, tasks=TASKS, trace=[*made, *waits], sites=SITES).record)
        assert line is not None
        assert len(line.bars) == shown


def test_the_waits_of_tasks_alone_are_a_time_line(make_run: Make) -> None:
    trace = [*wait(1001, 0, SECOND), *wait(1002, 0, SECOND)]
    line = time_line(make_run(tasks=TASKS, trace=trace, sites=SITES).record)
    assert line is not None
    assert [(bar.lane, bar.kind) for bar in line.bars] == [("Task-1", "wait"), ("Task-2 load", "wait")]
    assert time_line(make_run(tasks=TASKS, trace=wait(1001, 0, SECOND), sites=SITES).record) is None


def test_where_there_is_little_room_the_longest_waits_are_shown(make_run: Make, call: Make) -> None:
    """In the order in which they began; and calls do not take all of the room."""
    lengths = [1, 5, 2, 6, 3, 7, 4, 8]
    trace = [event for number, length in enumerate(lengths) for event in wait(1001, number * 10, number * 10 + length)]
    fields = {"tasks": TASKS, "trace": trace, "sites": SITES}
    line = time_line(make_run(calls=[call(0, 1)] * 40, **fields).record)
    assert line is not None
    assert len(line.bars) == MOST_BARS
    shown = [bar for bar in line.bars if bar.kind == "wait"]
    assert [round((bar.end or 0) * SECOND - bar.start * SECOND) for bar in shown] == [5, 6, 3, 7, 4, 8]
    assert len(shown) == ROOM_FOR_WAITS


def test_who_is_stuck_is_told_with_the_tasks_that_it_waits_for(make_run: Make, stack: Make) -> None:
    stacks = [stack(name="Task-1", wants="asyncio.gather", awaits=["Task-2", "Task-3"])]
    (waiting,) = stuck(make_run(outcome="deadlock", stuck=stacks).record)
    assert (waiting.wants, waiting.awaits) == ("asyncio.gather", ("Task-2", "Task-3"))
