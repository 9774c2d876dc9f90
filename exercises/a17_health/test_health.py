"""Sample checks for the health report. The hidden checks look at more."""

import asyncio

import pytest
from health import health_report


@pytest.mark.asyncio
async def test_one_down_others_up():
    """A probe that fails is one line of the report; the keys stay in the order you gave them."""

    async def mail():
        raise ConnectionError("no route to host")

    async def search():
        await asyncio.sleep(0.02)
        return None

    report = await health_report({"search": search, "mail": mail})
    assert list(report.items()) == [("search", "up"), ("mail", "down")]


@pytest.mark.asyncio
async def test_all_at_once():
    """Every probe waits here until three of them have started: one after another never gets through."""
    barrier = asyncio.Barrier(3)
    async with asyncio.timeout(5):
        report = await health_report({"a": barrier.wait, "b": barrier.wait, "c": barrier.wait})
    assert report == {"a": "up", "b": "up", "c": "up"}


@pytest.mark.asyncio
async def test_limit():
    """With a limit of two, two probes run at the same time, and never three."""
    running = 0
    most = 0

    async def probe():
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    await health_report({name: probe for name in "abcdef"}, limit=2)
    assert most == 2
