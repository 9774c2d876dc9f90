"""Cleans up when cancelled, but not when a chunk fails.

Killed by: error_aborts_and_propagates
Diagnosis: no_clean_up_on_error
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
    except asyncio.CancelledError:
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
        await asyncio.wait([task])
        return task.cancelled()

    async def shutdown(self) -> None:
        running = [task for task in self.tasks.values() if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
