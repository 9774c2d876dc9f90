"""Makes a new semaphore in each probe, so nobody ever waits for anybody.

Killed by: limit
Diagnosis: limit_without_effect
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    async def run(probe: Callable[[], Awaitable[object]]) -> object:
        slots = asyncio.Semaphore(limit or len(probes))
        async with slots:
            return await probe()

    results = await asyncio.gather(*(run(probe) for probe in probes.values()), return_exceptions=True)
    return {name: "down" if isinstance(r, BaseException) else "up" for name, r in zip(probes, results)}
