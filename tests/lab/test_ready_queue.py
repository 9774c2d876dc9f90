"""Tasks in any order: where a program relies on which of two ready tasks comes first, some schedule shows it."""

from tests.lab.nursery import PLAIN, Nursery, Schedule

WALKS: list[Schedule] = [{"strategy": "random-walk", "seed": seed} for seed in range(40)]
ORDER = """
import asyncio
log = []
async def say(word):
    log.append(word)
    await asyncio.sleep(0)
    log.append(word.upper())
async def both():
    await asyncio.gather(say("a"), say("b"))
def main():
    asyncio.run(both())
    return "".join(log)
"""
CALLBACKS = """
import asyncio
log = []
async def say_all():
    loop = asyncio.get_running_loop()
    for letter in "abcdef":
        loop.call_soon(log.append, letter)
    await asyncio.sleep(0)
def main():
    asyncio.run(say_all())
    return "".join(log)
"""
QUEUE = """
import asyncio
async def work(jobs, done):
    while (job := await jobs.get()) is not None:
        await asyncio.sleep(0)
        done.append(job)
async def run():
    jobs, done = asyncio.Queue(), []
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(work(jobs, done))
        for job in range(6):
            await jobs.put(job)
        for _ in range(3):
            await jobs.put(None)
    return sorted(done) == list(range(6))
def main():
    return asyncio.run(run())
"""


def values(nursery: Nursery, source: str, *, any_order: bool) -> set[object]:
    runs = nursery.runs(source, schedules=[PLAIN, *WALKS], any_order=any_order)
    assert {run["outcome"] for run in runs} == {"finished"}
    return {run["value"] for run in runs}


def test_tasks_come_in_the_order_of_asyncio_unless_asked(nursery: Nursery) -> None:
    assert values(nursery, ORDER, any_order=False) == {"abAB"}


def test_every_order_of_ready_tasks_is_met(nursery: Nursery) -> None:
    """Also one task twice before the other: it may be that much faster."""
    assert values(nursery, ORDER, any_order=True) == {"abAB", "abBA", "baAB", "baBA", "aAbB", "bBaA"}


def test_callbacks_keep_their_order(nursery: Nursery) -> None:
    """The loop promises that `call_soon` is first in, first out."""
    assert values(nursery, CALLBACKS, any_order=True) == {"abcdef"}


def test_a_right_program_is_right_in_any_order(nursery: Nursery) -> None:
    assert values(nursery, QUEUE, any_order=True) == {True}


def test_an_order_of_tasks_can_be_replayed(nursery: Nursery) -> None:
    for walk in nursery.runs(ORDER, schedules=WALKS[:10], any_order=True):
        replay = {"strategy": "deviating", "at": walk["choices"]}
        again = nursery.runs(ORDER, schedules=[replay], any_order=True)[0]
        assert (again["value"], again["choices"]) == (walk["value"], walk["choices"])
