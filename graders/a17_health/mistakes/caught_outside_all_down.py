"""Catches the failure around gather and calls everything down.

Killed by: one_down_others_up
Diagnosis: one_failure_spoils_all
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

    try:
        await asyncio.gather(*(run(probe) for probe in probes.values()))
    except Exception:
        return dict.fromkeys(probes, "down")
    return dict.fromkeys(probes, "up")
