"""Sample checks for the uploads. The hidden checks look at more."""

import asyncio

import pytest
from uploads import Uploads, upload


class Session:
    """Writes down what was asked of it; `send` blocks for ever on a chunk that says so."""

    def __init__(self):
        self.calls = []

    async def send(self, chunk):
        if chunk == b"stuck":
            self.calls.append("stuck")
            await asyncio.Event().wait()
        self.calls.append(chunk)

    async def commit(self):
        self.calls.append("commit")

    async def abort(self):
        await asyncio.sleep(0.02)
        self.calls.append("aborted")


@pytest.mark.asyncio
async def test_happy():
    """All chunks in order, one commit, no abort, and the number of bytes comes back."""
    session = Session()
    assert await upload([b"hello ", b"world"], session) == 11
    assert session.calls == [b"hello ", b"world", "commit"]


@pytest.mark.asyncio
async def test_cancel_aborts():
    """A cancelled upload aborts its session, and its task counts as cancelled."""
    session = Session()
    task = asyncio.create_task(upload([b"one", b"stuck"], session))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert session.calls == [b"one", "stuck", "aborted"]
    assert task.cancelled()


@pytest.mark.asyncio
async def test_cancel_waits_for_the_clean_up():
    """When cancel() returns, the abort is over; a second cancel() finds nothing to do."""
    session = Session()
    uploads = Uploads()
    uploads.start("film", upload([b"stuck"], session))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        assert await uploads.cancel("film") is True
        assert session.calls == ["stuck", "aborted"]
        assert await uploads.cancel("film") is False
