"""Who is stuck: tasks, with the line, the thing that they await, and who keeps them waiting."""

from typing import Any

from tests.lab.nursery import Nursery

LOCKS = """
import asyncio
async def one(a, b):
    async with a:
        await asyncio.sleep(1)
        async with b:
            pass
async def bystander():
    async with asyncio.Lock():
        await asyncio.Event().wait()
async def go():
    a, b = asyncio.Lock(), asyncio.Lock()
    by = asyncio.create_task(bystander(), name="by")
    await asyncio.gather(one(a, b), asyncio.create_task(one(b, a), name="other"))
def main(): asyncio.run(go())
"""
THINGS = """
import asyncio
async def waits(queue, event):
    await asyncio.sleep(1)
    await queue.get()
async def go():
    queue, event = asyncio.Queue(), asyncio.Event()
    first = asyncio.create_task(waits(queue, event), name="first")
    asyncio.create_task(event.wait(), name="second")
    async with asyncio.Semaphore(1):
        await first
def main(): asyncio.run(go())
"""
MANY = """
import asyncio
async def go():
    await asyncio.wait([asyncio.create_task(asyncio.Event().wait()) for _ in range(9)])
def main(): asyncio.run(go())
"""


def stuck(nursery: Nursery, source: str, *, traced: bool = False) -> dict[str, dict[str, Any]]:
    """Those who are stuck, by name."""
    run = nursery.run(source, traced=traced)
    assert run["outcome"] == "deadlock"
    return {stack["name"]: stack for stack in run["stuck"]}


def test_tasks_that_wait_for_a_lock_name_it_and_who_holds_it(nursery: Nursery) -> None:
    """Whoever is within `async with` of this very lock holds it; a plain run knows as much as a traced one."""
    plain = stuck(nursery, LOCKS)
    told = {name: (stack["line"], stack["wants"], stack["holder"], stack["called"]) for name, stack in plain.items()}
    (third,) = set(told) - {"Task-1", "other", "by"}
    assert told["other"] == (6, "b", third, "Lock.acquire")
    assert told[third] == (6, "b", "other", "Lock.acquire")
    assert (plain["Task-1"]["awaits"], plain["Task-1"]["holder"]) == ([third, "other"], "")
    assert stuck(nursery, LOCKS, traced=True) == plain


def test_tasks_name_what_they_await(nursery: Nursery) -> None:
    """A task by its own name, another thing as the line calls it."""
    told = {
        name: (stack["line"], stack["wants"], stack["called"], stack["awaits"], stack["holder"])
        for name, stack in stuck(nursery, THINGS).items()
    }
    assert told == {
        "Task-1": (11, "first", "", ["first"], "first"),
        "first": (5, "queue", "Queue.get", [], ""),
        "second": (0, "", "", [], ""),
    }


def test_tasks_have_the_numbers_that_the_trace_gives_them(nursery: Nursery) -> None:
    run = nursery.run(THINGS, traced=True)
    numbers = {task["name"]: task["number"] for task in run["tasks"]}
    assert {stack["name"]: stack["number"] for stack in run["stuck"]} == numbers


def test_of_many_tasks_that_one_waits_for_a_few_are_named(nursery: Nursery) -> None:
    told = stuck(nursery, MANY)["Task-1"]
    assert (len(told["awaits"]), told["wants"], told["called"]) == (5, "", "wait")


ENDLESS = """
import asyncio
async def spins():
    await asyncio.sleep(1)
    while True:
        len("")
async def go():
    await asyncio.gather(asyncio.Event().wait(), spins())
def main(): asyncio.run(go())
"""


def test_a_task_that_runs_at_the_end_does_not_wait(nursery: Nursery) -> None:
    """It is said to run, at its line; the others of its loop wait."""
    run = nursery.run(ENDLESS)
    assert run["outcome"] == "no_end"
    tasks = {stack["function"]: stack for stack in run["stuck"] if stack["name"].startswith("Task-")}
    assert {name: stack["blocked"] for name, stack in tasks.items()} == {"go": True, "spins": False, "": True}
    assert tasks["spins"]["line"] in (5, 6)
