"""Thinks that a broken probe returns False, so an exception among the results counts as "up".

Killed by: one_down_others_up
Diagnosis: failure_taken_for_success
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
    return {name: "down" if result is False else "up" for name, result in zip(probes, results)}
