"""The lives and steps of tasks in traced runs: who ran when, and how each ended."""

import sys
from typing import Any

from course.lab.awaiting import MOST_TASKS
from tests.lab.nursery import Nursery

SECOND = 1_000_000_000
ENDINGS = """
import asyncio
async def good(): await asyncio.sleep(1)
async def bad():
    await asyncio.sleep(2)
    raise KeyError("k")
async def go():
    tasks = [asyncio.create_task(good(), name="first"),
             asyncio.create_task(bad()), asyncio.create_task(good()), asyncio.create_task(asyncio.sleep(9))]
    tasks[3].set_name("named later")
    await asyncio.sleep(0.5)
    tasks[2].cancel()
    await asyncio.wait(tasks)
    asyncio.create_task(asyncio.Event().wait())
    await asyncio.Event().wait()
def main(): return asyncio.run(go())
"""
MANY = f"""
import asyncio
async def go():
    await asyncio.gather(*(asyncio.sleep(1) for _ in range({2 * MOST_TASKS})))
def main(): return asyncio.run(go())
"""
BLOCKING = """
import asyncio, time
async def block():
    time.sleep(2)
async def go():
    await asyncio.gather(block(), asyncio.sleep(1))
def main(): return asyncio.run(go())
"""
EAGER = """
import asyncio
async def inner(log):
    log.append("begin")
    await asyncio.sleep(1)
async def quick(): pass
async def go():
    log = []
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    asyncio.create_task(quick())
    task = asyncio.create_task(inner(log))
    log.append("made")
    await task
    return log
def main(): return asyncio.run(go())
"""
LET_GO = """
import asyncio, weakref
async def go():
    task = asyncio.create_task(asyncio.sleep(1))
    known = weakref.ref(task)
    await task
    del task
    await asyncio.sleep(0)
    return known() is None
def main(): return asyncio.run(go())
"""
FAILING = """
import asyncio
def main():
    try:
        asyncio.run(asyncio.sleep(1, "slept"))
        return asyncio.tasks._leave_task.__name__, asyncio.current_task.__name__
    finally:
        asyncio.tasks._leave_task = None
"""


def lives(run: dict[str, Any]) -> list[tuple[str, str, float, float | None, str, int]]:
    """Name, function, begin, end, how it ended and where it was made, of each task."""
    return [
        (
            task["name"],
            task["function"],
            task["start"] / SECOND,
            None if task["end"] is None else task["end"] / SECOND,
            task["ended"],
            task["born_at"],
        )
        for task in run["tasks"]
    ]


def test_lives_go_from_the_making_to_the_end_and_tell_how_it_came(nursery: Nursery) -> None:
    """Names are those that the program gives, functions its own; what is left waits for ever."""
    run = nursery.run(ENDINGS, traced=True)
    assert run["outcome"] == "deadlock"
    first, *others, left = lives(run)
    assert first == ("Task-1", "go", 0, None, "", 16)
    assert [life[1:] for life in others] == [
        ("good", 0, 1, "returned", 8),
        ("bad", 0, 2, "KeyError", 9),
        ("good", 0, 0.5, "cancelled", 9),
        ("", 0, 9, "returned", 9),
    ]
    assert (others[0][0], others[3][0]) == ("first", "named later")
    assert left[1:] == ("", 9, None, "", 14)


def test_plain_runs_tell_nothing_of_tasks(nursery: Nursery) -> None:
    """They pay nothing, and are the same otherwise."""
    plain, traced = nursery.run(ENDINGS), nursery.run(ENDINGS, traced=True)
    assert "tasks" not in plain
    assert {key: traced[key] for key in plain} == plain


def test_only_so_many_tasks_are_followed(nursery: Nursery) -> None:
    """The others run all the same, and what they do is their thread's."""
    run = nursery.run(MANY, traced=True)
    assert (run["outcome"], run["duration"], len(run["tasks"])) == ("finished", SECOND, MOST_TASKS)


def test_what_blocks_the_loop_is_done_by_the_task(nursery: Nursery) -> None:
    """`time.sleep` is a wait of the task's that no await has made."""
    run = nursery.run(BLOCKING, traced=True)
    (number,) = (task["number"] for task in run["tasks"] if task["function"] == "block")
    steps = [
        (time // SECOND, kind, run["sites"][site][:3:2])
        for time, lane, kind, site, _ in run["trace"]
        if lane == number and kind in ("block", "resume")
    ]
    assert steps[1:] == [(0, "block", [4, "time.sleep"]), (2, "resume", [4, "time.sleep"])]


def test_an_event_loop_waits_at_no_line(nursery: Nursery) -> None:
    """Its thread stands still because its tasks do; the last line of a task has nothing to do with it."""
    run = nursery.run(ENDINGS, traced=True)
    waits = [event for event in run["trace"] if event[1] == 0 and event[2] == "block"]
    assert waits
    assert {site for _, _, _, site, _ in waits} == {0}


def test_eager_tasks_take_their_first_step_within_another_task(nursery: Nursery) -> None:
    """3.12 and later: what comes afterwards is the outer task's again."""
    if sys.version_info < (3, 12):
        source = EAGER.replace("asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)", "")
        order = ["made", "begin"]
    else:
        source, order = EAGER, ["begin", "made"]
    run = nursery.run(source, traced=True)
    assert run["value"] == ["list", order]
    outer, quick, inner = (task["number"] for task in run["tasks"][:3])
    waits = [(lane, run["sites"][site][0]) for _, lane, kind, site, _ in run["trace"] if kind == "block" and site]
    assert sorted(waits) == [(outer, 13), (inner, 5)]
    assert [task["ended"] for task in run["tasks"] if task["number"] == quick] == ["returned"]
    lines = {(lane, run["sites"][site][0]) for _, lane, kind, site, _ in run["trace"] if kind == "point"}
    assert {(inner, 4), (outer, 12)} <= lines
    assert (outer, 4) not in lines


def test_tasks_are_let_go_when_the_program_lets_them_go(nursery: Nursery) -> None:
    """Who follows them must not keep them alive: Python warns of pending tasks that nobody holds."""
    plain, traced = nursery.run(LET_GO), nursery.run(LET_GO, traced=True)
    assert plain["value"] is traced["value"] is True


def test_the_next_run_of_a_process_is_not_followed(nursery: Nursery) -> None:
    """The hooks are those of one run, whatever the program makes of the module."""
    runs = [
        nursery.runs(FAILING, schedules=[{"strategy": "run-to-block"}] * 2, traced=traced) for traced in (True, False)
    ]
    for first, second in runs:
        assert first["value"] == second["value"] == ["tuple", ["_leave_task", "current_task"]]


def test_calls_say_whether_a_line_of_the_students_made_them(nursery: Nursery) -> None:
    """A wait within a call of the student's making is the collaborator's own."""
    scenario = """
async def scenario(student, lab):
    import asyncio
    async def fetch():
        with lab.call("fetch"):
            await asyncio.sleep(1)
    with lab.call("outer"):
        await student.go(fetch)
"""
    source = "import asyncio\nasync def go(fetch):\n    await fetch()\n"
    run = nursery.run(source, scenario, traced=True)
    assert [call["name"] for call in run["calls"]] == ["outer", "fetch"]
    assert [detail for _, _, kind, _, detail in run["trace"] if kind == "call"] == ["1"]
