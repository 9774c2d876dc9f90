"""A context manager class does the abort; shutdown() runs cancel() for all names at once."""

import asyncio
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Protocol


class UploadSession(Protocol):
    """One upload that the server has opened for you."""

    async def send(self, chunk: bytes) -> None:
        """Send the next chunk."""

    async def commit(self) -> None:
        """Make the file visible."""

    async def abort(self) -> None:
        """Make the server forget all chunks."""


class AbortOnError:
    def __init__(self, session: UploadSession) -> None:
        self.session = session

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self.session.abort()


async def upload(chunks: Iterable[bytes], session: UploadSession) -> int:
    total = 0
    async with AbortOnError(session):
        for chunk in chunks:
            await session.send(chunk)
            total += len(chunk)
        await session.commit()
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
        await asyncio.gather(*(self.cancel(name) for name in list(self.tasks)))
