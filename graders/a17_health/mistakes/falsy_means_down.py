"""Asks whether the result is true instead of whether the probe raised.

Killed by: falsy_results
Diagnosis: falsy_taken_for_failure
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
    report = {}
    for name, result in zip(probes, results):
        if result and not isinstance(result, BaseException):
            report[name] = "up"
        else:
            report[name] = "down"
    return report
