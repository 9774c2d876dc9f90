"""Lets gather raise the first failure.

Killed by: one_down_others_up
Diagnosis: failure_escapes
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

    await asyncio.gather(*(run(probe) for probe in probes.values()))
    return {name: "up" for name in probes}
