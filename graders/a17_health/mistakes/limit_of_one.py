"""Takes a lock when there is a limit: one probe at a time.

Killed by: limit
Diagnosis: one_after_another
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    lock = asyncio.Lock()

    async def run(probe: Callable[[], Awaitable[object]]) -> object:
        if limit is None:
            return await probe()
        async with lock:
            return await probe()

    results = await asyncio.gather(*(run(probe) for probe in probes.values()), return_exceptions=True)
    return {name: "down" if isinstance(r, BaseException) else "up" for name, r in zip(probes, results)}
