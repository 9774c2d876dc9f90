"""Where tasks wait: each form of waiting is found at its line, by the name that the line gives it."""

import ast

import pytest

from course.lab.awaiting import awaits_in
from tests.lab.nursery import Nursery

PROGRAM = """
import asyncio
class Turn:
    def __aiter__(self): return self
    async def __anext__(self):
        await asyncio.sleep(1)
        raise StopAsyncIteration
    async def __aenter__(self): await asyncio.sleep(1)
    async def __aexit__(self, *_): await asyncio.sleep(1)
async def nap(seconds=1): await asyncio.sleep(seconds)
async def go():
    task = asyncio.create_task(nap())
    {waits}
def main(): return asyncio.run(go())
"""
LINE = 13
TAKEN = "lock = asyncio.Lock(); await lock.acquire(); task.add_done_callback(lambda _: lock.release())"
# What waits, the name of it, and the tasks that it waits for.
FORMS = {
    "a task": ("await task", "task", [2]),
    "an item": ("box = [task]; await box[0]", "box[...]", [2]),
    "the second of two on a line": ("_, box = await asyncio.sleep(0), [await task]", "task", [2]),
    "gather": ("await asyncio.gather(nap(), task)", "asyncio.gather", [3, 2]),
    "gather within gather": ("await asyncio.gather(asyncio.gather(nap(), nap()), task)", "asyncio.gather", [2]),
    "wait": ("await asyncio.wait([task, asyncio.create_task(nap(2))])", "asyncio.wait", [2, 3]),
    "wait_for": ("await asyncio.wait_for(task, 5)", "asyncio.wait_for", [2]),
    "shield": ("await asyncio.shield(task)", "asyncio.shield", [2]),
    "an await over several lines": ("await (\n        task)", "task", [2]),
    "the end of a group": (
        "async with asyncio.TaskGroup() as group: group.create_task(nap())",
        "asyncio.TaskGroup",
        [3],
    ),
    "a queue": (
        "queue = asyncio.Queue(); task.add_done_callback(queue.put_nowait); await queue.get()",
        "queue.get",
        [],
    ),
    "an event": (
        "event = asyncio.Event(); task.add_done_callback(lambda _: event.set()); await event.wait()",
        "event.wait",
        [],
    ),
    "a lock": (TAKEN + "\n    async with lock: pass", "lock", []),
    "a comprehension": ("[await each for each in [task]]", "each", [2]),
    "a thread": ("import time; await asyncio.to_thread(time.sleep, 1)", "asyncio.to_thread", []),
}
INNER = {
    "async for": ("async for _ in Turn(): pass", "Turn", 6),
    "an asynchronous comprehension": ("[_ async for _ in Turn()]", "Turn", 6),
    "the begin and the end of async with": ("async with Turn(), Turn(): pass", "Turn, Turn", 8),
}


def waits_of(nursery: Nursery, waits: str) -> list[tuple[int, str, list[int]]]:
    """Line, name and awaited tasks of each wait of the first task."""
    run = nursery.run(PROGRAM.replace("{waits}", waits), traced=True)
    assert (run["outcome"], run["error"]) == ("finished", None)
    numbers = [task["number"] for task in run["tasks"]]
    blocks = [event for event in run["trace"] if event[2] == "block" and event[1] == numbers[0]]
    blocks = [event for event in blocks if run["sites"][event[3]][1] == "await"]
    return [
        (run["sites"][site][0], run["sites"][site][2], [numbers.index(int(number)) + 1 for number in detail.split()])
        for _, _, _, site, detail in blocks
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_task_waits_at_a_line_for_what_the_line_names(nursery: Nursery, form: str) -> None:
    waits, name, tasks = FORMS[form]
    line = LINE + waits.startswith(TAKEN)  # it is taken on a line before
    assert (line, name, tasks) in waits_of(nursery, waits)


@pytest.mark.parametrize("form", INNER)
def test_the_innermost_line_of_the_students_is_the_one_that_waits(nursery: Nursery, form: str) -> None:
    """Their own methods may stand between; the outer line is a place as well, for others' methods."""
    waits, name, line = INNER[form]
    assert waits_of(nursery, waits)[0][:2] == (line, "asyncio.sleep")
    assert name in {site.name for site in awaits_in(ast.parse(PROGRAM.replace("{waits}", waits))).sites}


def test_what_others_wait_for_within_async_for_is_the_lines(nursery: Nursery) -> None:
    """An asynchronous generator does not name what it awaits: the line that asks it does."""
    waits = "async for _ in turns(): pass"
    source = PROGRAM.replace("{waits}", waits) + "async def turns():\n    await asyncio.sleep(1)\n    yield 1\n"
    run = nursery.run(source, traced=True)
    sites = [run["sites"][event[3]] for event in run["trace"] if event[2] == "block" and event[3]]
    assert [LINE, "await", "turns"] in sites


def test_a_task_that_has_not_begun_stands_nowhere() -> None:
    """Its frame has not reached any await."""

    async def nap() -> None: ...

    coroutine = nap()
    awaits = awaits_in(ast.parse("async def go():\n    await x\n"))
    assert awaits.number_of(coroutine.cr_frame) is None
    coroutine.close()
