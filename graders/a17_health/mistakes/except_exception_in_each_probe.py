"""Catches Exception in each probe; a CancelledError slips through and ends the report.

Killed by: cancelled_probe_is_down
Diagnosis: cancelled_is_no_exception
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def run(probe: Callable[[], Awaitable[object]]) -> str:
        async with slots:
            try:
                await probe()
                return "up"
            except Exception:
                return "down"

    states = await asyncio.gather(*(run(probe) for probe in probes.values()))
    return dict(zip(probes, states))
