"""Scenarios: how the checks drive a student's `upload` and `Uploads`. This file travels to the workers."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any


class Session:
    """A server that takes 1 s for a chunk, 1 s for the commit and 4 s for the abort."""

    def __init__(self, lab: Any, failing: str) -> None:
        self.lab = lab
        self.failing = failing
        self.error = OSError("disk full") if failing == "commit" else ValueError("bad chunk")

    async def answer(self, name: str, seconds: float, chunk: str = "") -> None:
        with self.lab.call(name, chunk):
            await asyncio.sleep(seconds)
            if self.failing in (name, chunk):
                raise self.error

    async def send(self, chunk: bytes) -> None:
        await self.answer("send", 1.0, chunk.decode())

    async def commit(self) -> None:
        await self.answer("commit", 1.0)

    async def abort(self) -> None:
        await self.answer("abort", 4.0)


async def let_the_rest_end() -> None:
    """Give tasks that were left behind the time to end, so that the calls show how long they went on."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    if rest:
        await asyncio.wait(rest, timeout=60)


def ending(lab: Any, task: Any) -> tuple[str, Any]:
    """How the task has ended, in the words of `lab.attempt`."""
    return ("raised", "CancelledError") if task.cancelled() else lab.attempt(task.result)


async def send_file(student: Any, lab: Any, chunks: list[str]) -> Any:
    """Upload one file, and nothing goes wrong."""
    sent = await student.upload([chunk.encode() for chunk in chunks], Session(lab, "nothing"))
    await let_the_rest_end()
    return sent


async def break_off(
    student: Any, lab: Any, chunks: list[str], failing: str = "nothing", cancelled_at: float | None = None
) -> dict[str, Any]:
    """Upload one file; a chunk or the commit fails, or the upload is cancelled."""
    session = Session(lab, failing)

    seconds = 0.0
    in_time = False

    async def caller() -> Any:
        nonlocal seconds
        try:
            return await student.upload([chunk.encode() for chunk in chunks], session)
        finally:
            seconds = lab.now()

    task = asyncio.create_task(caller())
    if cancelled_at is not None:
        await asyncio.sleep(cancelled_at)
        in_time = task.cancel()
    await asyncio.wait([task])
    kind, value = ending(lab, task)
    same = not task.cancelled() and task.exception() is session.error
    await let_the_rest_end()
    return {"kind": kind, "value": value, "same_exception": same, "seconds": seconds, "in_time": in_time}


def job(lab: Any, name: str, seconds: float, clean_up: float, then: str) -> Coroutine[Any, Any, object]:
    """A job that cleans up when it is cancelled; in the end it "returns", "fails" or, cancelled, is "cancelled"."""

    async def run() -> object:
        with lab.call("job", name):
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                if clean_up:
                    with lab.call("clean-up", name):
                        await asyncio.sleep(clean_up)
                if then == "cancelled":
                    raise
            if then == "fails":
                raise RuntimeError("the job has failed")
            return name

    return run()


def start_all(student: Any, lab: Any, jobs: dict[str, list[Any]]) -> Any:
    """The student's `Uploads`, with all jobs started."""
    uploads = student.Uploads()
    for name, plan in jobs.items():
        uploads.start(name, job(lab, name, *plan))
    return uploads


async def attempt(lab: Any, awaitable: Awaitable[Any]) -> dict[str, Any]:
    """Await it in a task of its own: how it ended, and when."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.wait([task])
    kind, value = ending(lab, task)
    return {"kind": kind, "value": value, "seconds": lab.now()}


async def cancel_jobs(
    student: Any, lab: Any, jobs: dict[str, list[Any]], cancels: list[list[Any]]
) -> list[dict[str, Any]]:
    """Start the jobs; then one `cancel` after another, each at its time."""
    uploads = start_all(student, lab, jobs)
    outcomes = []
    for moment, name in cancels:
        await asyncio.sleep(moment - lab.now())
        outcomes.append(await attempt(lab, uploads.cancel(name)))
    await let_the_rest_end()
    return outcomes


async def shut_down(student: Any, lab: Any, jobs: dict[str, list[Any]], moment: float) -> dict[str, Any]:
    """Start the jobs, and shut down a little later."""
    uploads = start_all(student, lab, jobs)
    await asyncio.sleep(moment)
    outcome = await attempt(lab, uploads.shutdown())
    await let_the_rest_end()
    return outcome


async def cancel_the_caller(
    student: Any, lab: Any, jobs: dict[str, list[Any]], moment: float, wait: float
) -> dict[str, Any]:
    """Somebody calls `cancel` and has other work to do afterwards; while he waits, he is cancelled himself."""
    uploads = start_all(student, lab, jobs)
    seconds = 0.0

    async def caller() -> None:
        nonlocal seconds
        with lab.call("caller"):
            try:
                await uploads.cancel(next(iter(jobs)))
            finally:
                seconds = lab.now()
            await asyncio.sleep(10)

    await asyncio.sleep(moment)
    task = asyncio.create_task(caller())
    await asyncio.sleep(wait)
    task.cancel()
    await asyncio.wait([task])
    kind, value = ending(lab, task)
    await let_the_rest_end()
    return {"kind": kind, "value": value, "seconds": seconds}


def shut_down_with_the_judge(student: Any, lab: Any, names: list[str]) -> Any:
    """Shut down with a real event loop; the judge ends the clean-ups, and tells each its receipt."""
    from course.lab.meeting import ask_async

    receipts: dict[str, str] = {}

    async def run(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            receipts[name] = await ask_async(name)

    async def main() -> None:
        uploads = student.Uploads()
        for name in names:
            uploads.start(name, run(name))
        await asyncio.sleep(0)
        await uploads.shutdown()

    kind, value = lab.attempt(asyncio.run, main())
    return {"kind": kind, "value": value, "receipts": dict(receipts)}
