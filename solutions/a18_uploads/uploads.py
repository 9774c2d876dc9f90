"""Uploads that can be stopped half-way: tell the server to forget the pieces, then let the cancellation go on.

`upload` sends one file in chunks. `Uploads` runs several jobs in the background and stops them on request.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol


class UploadSession(Protocol):
    """One upload that the server has opened for you. It is given to you; you only call it.

    Send the chunks in order, then end the session in one of two ways: `commit` when all chunks are there, or
    `abort` when anything went wrong. A session that is neither committed nor aborted keeps its space for ever.
    """

    async def send(self, chunk: bytes) -> None:
        """Send the next chunk. Raises an exception, OSError for one, when the server does not take it."""

    async def commit(self) -> None:
        """Make the file visible. May take a while, may fail and may be cancelled, just like `send`."""

    async def abort(self) -> None:
        """Make the server forget all chunks. May take a while; the space is free when it returns."""


async def upload(chunks: Iterable[bytes], session: UploadSession) -> int:
    """Send the chunks in order, commit, and return how many bytes were sent.

    When anything goes wrong before the commit is through - a chunk or the commit fails, or the task is
    cancelled - `session.abort()` is awaited, exactly once, and then the same exception goes on to the caller.
    A cancellation is such an exception: it is never swallowed. After a successful commit there is no abort.

    Example::

        await upload([b"hello ", b"world"], session)  # 11, after send, send, commit
    """
    ### BEGIN SOLUTION
    sent = 0
    try:
        for chunk in chunks:
            await session.send(chunk)
            sent += len(chunk)
        await session.commit()
    except BaseException:  # CancelledError is not an Exception
        await session.abort()
        raise
    return sent
    ### END SOLUTION


class Uploads:
    """Jobs that run in the background, each under a name, until they end or are cancelled.

    Example::

        uploads = Uploads()
        uploads.start("holiday.jpg", upload(chunks, session))
        await uploads.cancel("holiday.jpg")  # True: it was running and is now aborted
        await uploads.cancel("holiday.jpg")  # False: nothing left to cancel
        await uploads.shutdown()
    """

    def __init__(self) -> None:
        """Begin without any job."""
        ### BEGIN SOLUTION
        self._tasks: dict[str, asyncio.Task[object]] = {}
        ### END SOLUTION

    def start(self, name: str, coro: Coroutine[Any, Any, object]) -> None:
        """Run `coro` in the background under this name and return at once.

        Call it while the event loop runs. A name may be used again when its job has ended, not before.

        Example::

            uploads.start("holiday.jpg", upload(chunks, session))
        """
        ### BEGIN SOLUTION
        self._tasks[name] = asyncio.create_task(coro)
        ### END SOLUTION

    async def cancel(self, name: str) -> bool:
        """Cancel the job, wait until its clean-up is done, and tell whether it ended cancelled because of this call.

        False when there was nothing to cancel (the job has ended already, or the name was never started), and when
        the job finished or failed all the same. An error of the job is not raised here.

        If the caller is cancelled while it waits here, CancelledError is raised, as in any other await.

        Example::

            if await uploads.cancel("holiday.jpg"):
                print("stopped, and the server has forgotten it")
        """
        ### BEGIN SOLUTION
        task = self._tasks.get(name)
        if task is None or task.done():
            return False
        task.cancel()
        await asyncio.wait([task])  # raises neither the job's error nor its cancellation, only our own
        return task.cancelled()
        ### END SOLUTION

    async def shutdown(self) -> None:
        """Cancel all jobs that still run, and return when the last clean-up is done.

        All of them are told to stop before the first wait, so it takes as long as the slowest clean-up.
        With nothing to stop it just returns. An error of a job is not raised here.

        Example::

            await uploads.shutdown()
        """
        ### BEGIN SOLUTION
        running = [task for task in self._tasks.values() if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        ### END SOLUTION
