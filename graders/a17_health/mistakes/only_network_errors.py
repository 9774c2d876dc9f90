"""Expects network errors only; any other exception ends the whole report.

Killed by: one_down_others_up
Diagnosis: only_some_failures
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def run(probe: Callable[[], Awaitable[object]]) -> str:
        try:
            async with slots:
                await probe()
            return "up"
        except (OSError, TimeoutError, asyncio.CancelledError):
            return "down"

    states = await asyncio.gather(*(run(probe) for probe in probes.values()))
    return dict(zip(probes, states))
