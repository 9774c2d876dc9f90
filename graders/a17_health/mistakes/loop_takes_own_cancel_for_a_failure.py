"""Awaits task after task and takes its own cancellation for a service that is down.

Killed by: caller_cancel_reaches_probes
Diagnosis: cancellation_swallowed
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

    tasks = {name: asyncio.create_task(run(probe)) for name, probe in probes.items()}
    report = {}
    for name, task in tasks.items():
        try:
            await task
            report[name] = "up"
        except (Exception, asyncio.CancelledError):
            report[name] = "down"
    return report
