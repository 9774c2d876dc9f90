"""Scenarios: how the checks drive a student's `upload` and `Uploads`. This file travels to the workers."""

import asyncio
import json
from collections.abc import Awaitable, Coroutine
from typing import Any


class Session:
    """A server that takes 2 s for a chunk, 2 s for the commit and 4 s for the abort."""

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
        await self.answer("send", 2.0, chunk.decode())

    async def commit(self) -> None:
        await self.answer("commit", 2.0)

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


# --- with a real event loop, and the judge at the other end ---


class JudgedSession:
    """A session whose calls go to the judge, who says how each of them ends. `told` is what he has said."""

    def __init__(self, file: str) -> None:
        from course.lab.meeting import ask_async

        self.ask = ask_async
        self.file = file
        self.error: Exception | None = None
        self.told: list[str] = []
        self.begun: dict[str, asyncio.Event] = {}

    def begin_of(self, call: str) -> asyncio.Event:
        """Set when this call has begun."""
        return self.begun.setdefault(call, asyncio.Event())

    async def answer(self, call: str) -> None:
        self.begin_of(call).set()
        ending, what = json.loads(await self.ask(f"{self.file}: {call}"))
        self.told.append(what)
        if ending == "raises":
            self.error = OSError(what)
            raise self.error

    async def send(self, chunk: bytes) -> None:
        await self.answer(f"send {chunk.decode()}")

    async def commit(self) -> None:
        await self.answer("commit")

    async def abort(self) -> None:
        await self.answer("abort")


def upload_with_the_judge(
    student: Any, lab: Any, files: dict[str, list[str]], cancelled_in: dict[str, str]
) -> list[dict[str, Any]]:
    """Upload files, one after another. One that is `cancelled_in` a call is so when that has begun and he says it."""

    async def upload(file: str, chunks: list[str]) -> dict[str, Any]:
        session = JudgedSession(file)

        async def caller() -> Any:
            return await student.upload([chunk.encode() for chunk in chunks], session)

        task = asyncio.create_task(caller())
        if file in cancelled_in:
            begin = session.begin_of(cancelled_in[file])
            task.add_done_callback(lambda _: begin.set())
            await begin.wait()
            await session.ask(f"{file}: cancel")
            task.cancel()
        await asyncio.wait([task])
        await session.ask(f"{file}: over")
        kind, value = ending(lab, task)
        same = not task.cancelled() and task.exception() is session.error
        return {"kind": kind, "value": value, "same_exception": same, "told": list(session.told)}

    async def main() -> list[dict[str, Any]]:
        return [await upload(file, chunks) for file, chunks in files.items()]

    outcomes: list[dict[str, Any]] = asyncio.run(main())
    return outcomes


class JudgedJobs:
    """Jobs of which the judge knows when they begin and that they are cancelled, and says how they end."""

    def __init__(self, student: Any) -> None:
        from course.lab.meeting import ask_async

        self.ask = ask_async
        self.uploads = student.Uploads()
        self.finish = asyncio.Event()
        self.receipts: dict[str, str] = {}
        self._notes: list[asyncio.Future[str]] = []

    def note(self, tag: str) -> None:
        """Tell the judge, and go on."""
        self._notes.append(asyncio.ensure_future(self.ask(tag)))

    async def all_noted(self) -> None:
        if self._notes:
            await asyncio.wait(self._notes)

    async def told(self, name: str) -> None:
        """A job that ends as the judge says: by itself, or when it is cancelled."""
        ending = await self.ask(name)
        if ending in ("returns", "fails"):
            return self._end(ending)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.note(f"{name} is cancelled")
            if ending == "cancelled":
                raise
            self._end(ending)

    def _end(self, ending: str) -> None:
        if ending.startswith("fails"):
            raise RuntimeError("the job has failed")

    async def with_receipt(self, name: str) -> None:
        """A job that gets a receipt for its clean-up; that of `song` fails afterwards."""
        try:
            await asyncio.Event().wait()
        finally:
            self.receipts[name] = await self.ask(f"clean-up of {name}")
            if name == "song":
                self._end("fails")

    async def with_long_clean_up(self, name: str) -> None:
        """A job whose clean-up lasts until `finish` is set."""
        try:
            await self.ask(name)
        finally:
            self.note(f"clean-up of {name}")
            await self.finish.wait()


async def end_of(lab: Any, awaitable: Awaitable[Any]) -> Any:
    """Await it in a task of its own: what it returned, or a text that says what it raised."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.wait([task])
    kind, value = ending(lab, task)
    return value if kind == "value" else f"raised {value}"


def cancel_as_the_judge_says(student: Any, lab: Any, names: list[str], cancels: int) -> list[Any]:
    """Start jobs that end as the judge says; then so many times cancel the one that he names."""

    async def main() -> list[Any]:
        jobs = JudgedJobs(student)
        for name in names:
            jobs.uploads.start(name, jobs.told(name))
        await jobs.ask("go")
        ends = []
        for number in range(cancels):
            name = await jobs.ask(f"cancel {number}")
            ends.append(await end_of(lab, jobs.uploads.cancel(name)))
        await jobs.all_noted()
        return ends

    ends: list[Any] = asyncio.run(main())
    return ends


def stop_with_the_judge(student: Any, lab: Any, names: list[str], *, shutdown: bool) -> dict[str, Any]:
    """Start jobs, and cancel the first of them or shut down; the judge tells each clean-up its receipt."""

    async def main() -> dict[str, Any]:
        jobs = JudgedJobs(student)
        for name in names:
            jobs.uploads.start(name, jobs.with_receipt(name))
        await jobs.ask("go")
        end = await end_of(lab, jobs.uploads.shutdown() if shutdown else jobs.uploads.cancel(names[0]))
        receipts = dict(jobs.receipts)
        await jobs.ask("over")
        return {"end": end, "receipts": receipts}

    told: dict[str, Any] = asyncio.run(main())
    return told


def cancel_the_caller_with_the_judge(student: Any, lab: Any) -> Any:
    """Somebody waits in `cancel` for a clean-up and is cancelled himself, when the judge says so."""

    async def main() -> Any:
        jobs = JudgedJobs(student)
        jobs.uploads.start("film", jobs.with_long_clean_up("film"))
        await jobs.ask("go")

        async def caller() -> None:
            await jobs.uploads.cancel("film")
            await jobs.ask("the caller goes on")

        task = asyncio.create_task(caller())
        await jobs.ask("cancel the caller")
        task.cancel()
        await asyncio.wait([task])
        await jobs.ask("over")
        jobs.finish.set()
        await jobs.all_noted()
        return ending(lab, task)

    return list(asyncio.run(main()))
