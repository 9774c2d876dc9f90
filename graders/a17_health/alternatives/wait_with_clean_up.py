"""Own tasks and asyncio.wait, with the cancellation passed on by hand."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def run(probe: Callable[[], Awaitable[object]]) -> None:
        async with slots:
            await probe()

    if not probes:
        return {}
    tasks = {name: asyncio.create_task(run(probe)) for name, probe in probes.items()}
    try:
        await asyncio.wait(tasks.values())
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        await asyncio.wait(tasks.values())
        raise
    return {name: "down" if task.cancelled() or task.exception() else "up" for name, task in tasks.items()}
