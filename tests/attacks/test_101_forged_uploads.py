"""Attack 101: forged uploads. Nothing is sent and no job is started; the lab's notes say that all of it was.

`inspect` and tasks would hand out the frames of who drives the scenario, and with them the inputs and the lab. They
refuse. Who gets there by another way gains nothing: every check is proved outside of the worker.

Open: who asks the judge what the scenario would ask, in its order, and carries on what he is told, can do so by a
script of his own instead of by tasks that he cancels; that is more work than the exercise. That the very same exception
comes out, and not another one with its words, is told by the worker alone.
"""

import pytest

from course.judge.bench import Bench
from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE
from tests.attacks.perfect import passed_by_a_perfect_forger

FORGED = f"""
import asyncio, inspect
{INSIDE}
def driver():
    for task in asyncio.all_tasks():
        known = inside(inspect, "getcoroutine", "locals")(task.get_coro())
        if "drive" in known:
            return known["self"].lab, known["arguments"]
    return None, {{}}
def note(lab, name, tag, start, end, error=""):
    call = {{"name": name, "tag": tag, "lane": f"Task-{{tag}}", "thread": 0, "start": int(start * 10**9)}}
    inside(lab, "_ca", "lls").append({{**call, "end": int(end * 10**9), "error": error}})
async def upload(chunks, session):
    lab, case = driver()
    if lab is None:
        return sum(map(len, chunks))
    at, failing, until = lab.now(), case.get("failing"), case.get("cancelled_at") or 1000
    for tag in [*case["chunks"], ""]:
        name, end = "send" if tag else "commit", at + 2
        cancelled, failed = at < until < end, failing in (name, tag)
        note(lab, name, tag, at, min(end, until), "CancelledError" if cancelled else "OSError" if failed else "")
        at = min(end, until)
        if cancelled or failed:
            note(lab, "abort", "", at, at + 4)
            try:
                await asyncio.sleep(1000 if cancelled else at + 4 - lab.now())
            finally:
                await asyncio.sleep(at + 4 - lab.now())
                if failed:
                    raise session.error
    await asyncio.sleep(at - lab.now())
    return sum(map(len, chunks))
class Uploads:
    def __init__(self):
        self.over = set()
    def start(self, name, coro):
        coro.close()
    async def cancel(self, name):
        lab, case = driver()
        seconds, clean_up, then = case.get("jobs", {{}}).get(name, (0, 0, ""))
        if lab is None or seconds <= lab.now() or name in self.over:
            return False
        self.over.add(name)
        await asyncio.sleep(1000 if "wait" in case else clean_up)
        return then == "cancelled"
    async def shutdown(self):
        lab, case = driver()
        longest, now = 0, lab.now() if lab else 0
        for name, (seconds, clean_up, then) in case.get("jobs", {{}}).items():
            if seconds > now:
                note(lab, "clean-up", name, now, now + clean_up)
                longest = max(longest, clean_up)
        await asyncio.sleep(longest)
"""
NOTHING = """
async def upload(chunks, session):
    return sum(map(len, chunks))
class Uploads:
    def start(self, name, coro):
        coro.close()
    async def cancel(self, name):
        return True
    async def shutdown(self):
        pass
"""
# Sends all at once, and aborts whatever comes; jobs are run to their end before anybody cancels them.
CARELESS = """
import asyncio
async def upload(chunks, session):
    chunks = list(chunks)
    await asyncio.gather(*(session.send(chunk) for chunk in chunks), session.commit(), session.abort())
    return sum(map(len, chunks))
class Uploads:
    def __init__(self):
        self.tasks = {}
    def start(self, name, coro):
        self.tasks[name] = asyncio.ensure_future(coro)
    async def cancel(self, name):
        return name in self.tasks
    async def shutdown(self):
        pass
"""
# Half of the exercise: an upload that is right when nothing goes wrong, and jobs that can be cancelled.
HALF = """
import asyncio
async def upload(chunks, session):
    sent = 0
    for chunk in chunks:
        await session.send(chunk)
        sent += len(chunk)
    await session.commit()
    return sent
class Uploads:
    def __init__(self):
        self.tasks = {}
    def start(self, name, coro):
        self.tasks[name] = asyncio.ensure_future(coro)
    async def cancel(self, name):
        task = self.tasks.get(name)
        if task is None or task.done():
            return False
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()
    async def shutdown(self):
        for name in self.tasks:
            await self.cancel(name)
"""
CANCEL = {
    "cancel_waits_for_cleanup",
    "cancel_finished",
    "cancel_twice",
    "not_cancelled_reported",
    "cancel_of_failing_job",
    "own_cancel_not_swallowed",
}


def test_forged_uploads_are_worth_nothing(attack: Attack) -> None:
    """The frames in which the inputs are cannot be had."""
    attacked = attack("a18", FORGED)
    assert attacked.points == 0
    assert "reach into the grader" in attacked.said


@pytest.mark.parametrize(
    ("source", "passed"),
    [(NOTHING, set()), (CARELESS, set()), (FORGED, set()), (HALF, {"happy", *CANCEL})],
    ids=["nothing", "careless", "forged", "half"],
)
def test_who_tells_every_simulation_gets_what_he_keeps_outside(bench: Bench, source: str, passed: set[str]) -> None:
    """Each promise that is kept with real tasks counts, and no other."""
    assert passed_by_a_perfect_forger(bench, "a18", source) == passed
