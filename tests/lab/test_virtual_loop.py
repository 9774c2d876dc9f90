"""asyncio in virtual time: all of its own code, over a selector that waits in the scheduler."""

import pytest

from tests.lab.nursery import Nursery

SECOND = 1_000_000_000

EXACT = {
    "gather": ("return await asyncio.gather(*(asyncio.sleep(n, n) for n in (3, 1, 2)))", ["list", [3, 1, 2]], 3),
    "a thousand tasks": ("await asyncio.gather(*(asyncio.sleep(1) for _ in range(1000)))", None, 1),
    "timeout": (
        """
    try:
        async with asyncio.timeout(1.5):
            await asyncio.sleep(9)
    except TimeoutError:
        return "late\"""",
        "late",
        1.5,
    ),
    "wait_for": (
        """
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.25)
    except asyncio.TimeoutError:
        return "late\"""",
        "late",
        0.25,
    ),
    "TaskGroup": (
        """
    async def fail():
        await asyncio.sleep(1)
        raise ValueError("x")
    async def work():
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            note.append("cancelled")
            raise
    note = []
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(work())
            group.create_task(fail())
    except* ValueError:
        note.append("failed")
    return note""",
        ["list", ["cancelled", "failed"]],
        1,
    ),
    "to_thread": (
        "return await asyncio.gather(*(asyncio.to_thread(time.sleep, 1) for _ in range(3)))",
        ["list", [None, None, None]],
        1,
    ),
    "call_soon_threadsafe": (
        """
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    def other():
        time.sleep(2)
        loop.call_soon_threadsafe(event.set)
    threading.Thread(target=other).start()
    return await event.wait()""",
        True,
        2,
    ),
    "run_coroutine_threadsafe": (
        """
    loop = asyncio.get_running_loop()
    def other():
        return asyncio.run_coroutine_threadsafe(asyncio.sleep(1, "done"), loop).result(5)
    return await asyncio.to_thread(other)""",
        "done",
        1,
    ),
    "queue": (
        """
    queue = asyncio.Queue(1)
    async def produce():
        for n in range(3):
            await queue.put(n)
            await asyncio.sleep(0.5)
    task = asyncio.create_task(produce())
    return [await queue.get() for _ in range(3)]""",
        ["list", [0, 1, 2]],
        1,
    ),
    "semaphore": (
        """
    semaphore = asyncio.Semaphore(2)
    async def work():
        async with semaphore:
            await asyncio.sleep(1)
    await asyncio.gather(*(work() for _ in range(5)))""",
        None,
        3,
    ),
    "call_later": (
        """
    loop, log = asyncio.get_running_loop(), []
    start = loop.time()
    for delay in (0.3, 0.1, 0.2):
        loop.call_later(delay, log.append, delay)
    await asyncio.sleep(1)
    return log, round(loop.time() - start, 9)""",
        ["tuple", [["list", [*[0.3, 0.1, 0.2][1:], 0.3]], 1.0]],
        1,
    ),
    "wait first completed": (
        """
    tasks = [asyncio.create_task(asyncio.sleep(n, n)) for n in (2, 1)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return [task.result() for task in done]""",
        ["list", [1]],
        1,
    ),
    "as_completed": (
        """
    found = []
    for future in asyncio.as_completed([asyncio.sleep(n, n) for n in (2, 1)], timeout=5):
        found.append(await future)
    return found""",
        ["list", [1, 2]],
        2,
    ),
    "shield": (
        """
    inner = asyncio.ensure_future(asyncio.sleep(2, "kept"))
    try:
        await asyncio.wait_for(asyncio.shield(inner), 1)
    except TimeoutError:
        return await inner""",
        "kept",
        2,
    ),
    "condition and barrier": (
        """
    barrier, log = asyncio.Barrier(2), []
    async def work(n):
        await asyncio.sleep(n)
        await barrier.wait()
        log.append(n)
    await asyncio.gather(work(1), work(2))
    return sorted(log)""",
        ["list", [1, 2]],
        2,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_durations_of_asyncio_programs_are_exact(nursery: Nursery, name: str) -> None:
    """Waiting takes exactly as long as it says, and no time on the machine."""
    body, value, seconds = EXACT[name]
    body = body if body.startswith("\n") else f"\n    {body}"
    source = f"import asyncio, threading, time\nasync def go():{body}\ndef main(): return asyncio.run(go())\n"
    run = nursery.run(source)
    assert (run["outcome"], run["error"]) == ("finished", None)
    assert run["value"] == value
    assert run["duration"] == seconds * SECOND
    assert run["uncaught"] == []
    assert run["warned"] == []


def test_a_loop_that_nobody_will_wake_is_a_deadlock(nursery: Nursery) -> None:
    """No timer, no thread that could call: the loop waits for ever."""
    source = "import asyncio\nasync def go():\n    await asyncio.Event().wait()\ndef main(): asyncio.run(go())\n"
    run = nursery.run(source)
    assert run["outcome"] == "deadlock"
    assert {3} == {stack["line"] for stack in run["stuck"] if stack["name"] == "Task-1"}


def test_a_coroutine_scenario_reports_the_tasks_that_it_leaves(nursery: Nursery) -> None:
    """A task that is still pending when the scenario comes back was forgotten."""
    source = """
import asyncio
kept = []
async def go():
    kept.append(asyncio.create_task(asyncio.sleep(60), name="forgotten"))
    await asyncio.sleep(1)
"""
    run = nursery.run(source, "async def scenario(student, lab): await student.go()")
    assert run["outcome"] == "finished"
    assert run["tasks_left"] == ["forgotten"]
    assert run["duration"] == SECOND


def test_what_the_loop_reports_is_kept(nursery: Nursery) -> None:
    """An exception in a callback is evidence, not text on a screen."""
    source = """
import asyncio
def fail():
    raise KeyError("k")
async def go():
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(1)
def main(): asyncio.run(go())
"""
    told = nursery.run(source)["uncaught"]
    assert [(one["type"], one["line"]) for one in told] == [("KeyError", 4)]


def test_a_coroutine_that_was_never_awaited_is_noticed(nursery: Nursery) -> None:
    """Python's own warning reaches the evidence."""
    source = (
        "import asyncio\nasync def go(): pass\nasync def all_of_it():\n    go()\ndef main(): asyncio.run(all_of_it())\n"
    )
    assert nursery.run(source)["warned"] == ["coroutine 'go' was never awaited"]


def test_sleeping_in_the_loop_is_marked(nursery: Nursery) -> None:
    """`time.sleep` in a coroutine blocks everybody: the sleep is told with its line and that it was in the loop."""
    source = """
import asyncio, time
async def go():
    time.sleep(1)
    await asyncio.to_thread(time.sleep, 2)
def main(): asyncio.run(go())
"""
    sleeps = nursery.run(source)["sleeps"]
    assert [(one["seconds"], one["in_loop"], one["line"]) for one in sleeps] == [(1.0, True, 4), (2.0, False, 0)]


def test_a_busy_loop_of_coroutines_ends(nursery: Nursery) -> None:
    """Yielding until a time has come is found out and counted."""
    source = """
import asyncio
async def go():
    task = asyncio.create_task(asyncio.sleep(1))
    while not task.done():
        await asyncio.sleep(0)
    return True
def main(): return asyncio.run(go())
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", True)
    assert run["spins"] > 0
