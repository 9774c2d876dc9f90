"""Writes each line when its probe ends, so the report has the order of the answers.

Killed by: order_and_time
Diagnosis: completion_order
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    report = {}
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def run(name: str, probe: Callable[[], Awaitable[object]]) -> None:
        try:
            async with slots:
                await probe()
            report[name] = "up"
        except (Exception, asyncio.CancelledError):
            report[name] = "down"

    await asyncio.gather(*(run(name, probe) for name, probe in probes.items()))
    return report
