"""Looks for Exception among the results, but CancelledError is only a BaseException.

Killed by: cancelled_probe_is_down
Diagnosis: cancelled_is_no_exception
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def run(probe: Callable[[], Awaitable[object]]) -> object:
        async with slots:
            return await probe()

    results = await asyncio.gather(*(run(probe) for probe in probes.values()), return_exceptions=True)
    return {name: "down" if isinstance(r, Exception) else "up" for name, r in zip(probes, results)}
