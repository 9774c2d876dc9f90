"""Lanes: who waited from when to when, and what became of the tasks."""

from collections.abc import Callable
from typing import Any

from course.judge.drivers import Drivers
from course.judge.lanes import calls_by_student, lives, waits
from course.judge.witness import trace_of
from course.report.model import Bar, Life

Make = Callable[..., Any]
SECOND = 1_000_000_000
SITES = [[0, "", ""], [4, "call", "time.sleep"], [5, "await", "asyncio.wait"], [6, "call", "done.wait"]]
THREADS = [{"number": 0, "name": "main", "start": 0, "end": None}]
PROGRAM = """
import asyncio

async def fetch(seconds):
    await asyncio.sleep(seconds)

async def fail(first):
    await first
    raise ValueError

async def work():
    first = asyncio.create_task(fetch(2))
    second = asyncio.create_task(fail(first), name="second")
    await asyncio.wait([first, second])
"""


def task(number: int, **fields: Any) -> dict[str, Any]:
    """A task of a record."""
    usual = {"name": f"Task-{number - 1000}", "function": "", "start": 0, "end": SECOND, "ended": "returned"}
    return {**usual, "number": number, **fields}


def test_tasks_of_a_real_run_wait_for_what_they_await(make_drivers: Callable[..., Drivers]) -> None:
    scenarios = "async def drive(student, lab):\n    await student.work()\n"
    drivers = make_drivers(PROGRAM, scenarios=scenarios)
    record = trace_of(drivers.simulate("drive"), drivers)
    assert record is not None
    first, other = "Task-2 fetch", ("Task-2", "second")
    assert waits(record) == [
        Bar(lane=first, label="asyncio.sleep", start=0, end=2, kind="wait", line=5),
        Bar(lane="second", label="first", start=0, end=2, kind="wait", line=8, awaits=("Task-2",)),
        Bar(lane="Task-1", label="asyncio.wait", start=0, end=2, kind="wait", line=14, awaits=other),
    ]
    assert lives(record)[:3] == (  # then those with which asyncio itself ends
        Life(lane="Task-1", start=0, end=2, ended="returned"),
        Life(lane=first, start=0, end=2, ended="returned"),
        Life(lane="second", start=0, end=2, ended="raised"),
    )


def test_a_thread_waits_where_it_waits_and_a_task_that_does_blocks_its_loop(make_run: Make) -> None:
    """What a task waits for without an await, all other tasks wait for as well."""
    trace = [
        [0, 1001, "block", 1, "str"],
        [SECOND, 1001, "resume", 1, ""],
        [SECOND, 0, "block", 3, "lock"],
        [2 * SECOND, 0, "resume", 3, ""],
    ]
    record = make_run(trace=trace, sites=SITES, threads=THREADS, tasks=[task(1001)]).record
    assert waits(record) == [
        Bar(lane="Task-1", label="time.sleep", start=0, end=1, kind="block", line=4),
        Bar(lane="main", label="done.wait", start=1, end=2, kind="wait", line=6),
    ]


def test_waits_that_take_no_time_are_left_out_and_those_without_end_are_not(make_run: Make) -> None:
    trace = [
        [SECOND, 1001, "block", 2, "1002"],
        [SECOND, 1001, "resume", 0, ""],
        [SECOND, 1001, "block", 2, "1002 1003"],
        [SECOND, 1002, "block", 2, ""],
        [3 * SECOND, 0, "resume", 0, ""],
    ]
    tasks = [task(1001, end=None, ended=""), task(1002, end=None, ended="")]
    record = make_run(trace=trace, sites=SITES, threads=THREADS, tasks=tasks).record
    assert waits(record) == [
        Bar(lane="Task-1", label="asyncio.wait", start=1, end=None, kind="wait", line=5, awaits=("Task-2",)),
        Bar(lane="Task-2", label="asyncio.wait", start=1, end=None, kind="wait", line=5),
    ]


def test_tasks_end_in_one_of_three_ways_or_not_at_all(make_run: Make) -> None:
    """Whatever exception it was: a worker may give it any name."""
    endings = {"returned": "returned", "cancelled": "cancelled", "KeyError": "raised", "": "raised"}
    tasks = [task(1001 + number, ended=how) for number, how in enumerate(endings)]
    record = make_run(tasks=[*tasks, task(1009, end=None, ended="returned")]).record
    assert [life.ended for life in lives(record)] == [*endings.values(), ""]


def test_calls_that_the_students_lines_made_are_known_by_their_places(make_run: Make) -> None:
    trace = [[0, 0, "call", 0, "2"], [0, 0, "call", 0, "0"], [0, 0, "point", 0, "1"], [0, 0, "call", 0, "x"]]
    assert calls_by_student(make_run(trace=trace).record) == {0, 2}
