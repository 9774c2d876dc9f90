"""An AsyncExitStack holds the abort until the commit is through; an Event per job tells of its end."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack
from typing import Any, Protocol


class UploadSession(Protocol):
    """One upload that the server has opened for you."""

    async def send(self, chunk: bytes) -> None:
        """Send the next chunk."""

    async def commit(self) -> None:
        """Make the file visible."""

    async def abort(self) -> None:
        """Make the server forget all chunks."""


async def upload(chunks: Iterable[bytes], session: UploadSession) -> int:
    total = 0
    async with AsyncExitStack() as stack:
        stack.push_async_callback(session.abort)
        for chunk in chunks:
            await session.send(chunk)
            total += len(chunk)
        await session.commit()
        stack.pop_all()  # committed: forget the abort
    return total


class Uploads:
    def __init__(self) -> None:
        self.jobs: dict[str, tuple[asyncio.Task[object], asyncio.Event]] = {}

    def start(self, name: str, coro: Coroutine[Any, Any, object]) -> None:
        ended = asyncio.Event()
        task = asyncio.create_task(coro)
        task.add_done_callback(lambda _: ended.set())
        self.jobs[name] = task, ended

    async def cancel(self, name: str) -> bool:
        if name not in self.jobs:
            return False
        task, ended = self.jobs[name]
        if task.done():
            return False
        task.cancel()
        await ended.wait()
        return task.cancelled()

    async def shutdown(self) -> None:
        running = [(task, ended) for task, ended in self.jobs.values() if not task.done()]
        for task, _ in running:
            task.cancel()
        for _, ended in running:
            await ended.wait()
