"""Waits with gather and takes every exception that comes back for the cancellation.

Killed by: cancel_of_failing_job
Diagnosis: failure_taken_for_cancellation
"""

import asyncio
from collections.abc import Coroutine, Iterable
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
    try:
        for chunk in chunks:
            await session.send(chunk)
            total += len(chunk)
        await session.commit()
    except BaseException:
        await session.abort()
        raise
    return total


class Uploads:
    def __init__(self) -> None:
        self.tasks: dict[str, asyncio.Task[object]] = {}

    def start(self, name: str, coro: Coroutine[Any, Any, object]) -> None:
        self.tasks[name] = asyncio.create_task(coro)

    async def cancel(self, name: str) -> bool:
        task = self.tasks.get(name)
        if task is None or task.done():
            return False
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        return isinstance(outcome, BaseException)

    async def shutdown(self) -> None:
        running = [task for task in self.tasks.values() if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
