"""Each job removes itself when it ends; a Future, resolved by a done callback, carries how it ended."""

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
        self.running: dict[asyncio.Task[object], str] = {}

    def start(self, name: str, coro: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(coro)
        self.running[task] = name
        task.add_done_callback(self.running.pop)

    async def cancel(self, name: str) -> bool:
        for task, owner in self.running.items():
            if owner == name and not task.done():
                return await self.stop(task)
        return False

    async def shutdown(self) -> None:
        stops = [self.stop(task) for task in self.running if not task.done()]
        await asyncio.gather(*stops)

    def stop(self, task: asyncio.Task[object]) -> asyncio.Future[bool]:
        cancelled = asyncio.get_running_loop().create_future()

        def tell(ended: asyncio.Task[object]) -> None:
            if not cancelled.done():  # the one who waited may be gone
                cancelled.set_result(ended.cancelled())

        task.add_done_callback(tell)
        task.cancel()
        return cancelled
