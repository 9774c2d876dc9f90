"""Counts the slots from zero and lets one probe more than the limit run.

Killed by: limit
Diagnosis: one_slot_too_many
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    running = 0
    slot_free = asyncio.Condition()

    async def run(probe: Callable[[], Awaitable[object]]) -> object:
        nonlocal running
        async with slot_free:
            while limit is not None and running > limit:
                await slot_free.wait()
            running += 1
        try:
            return await probe()
        finally:
            running -= 1
            async with slot_free:
                slot_free.notify()

    results = await asyncio.gather(*(run(probe) for probe in probes.values()), return_exceptions=True)
    return {name: "down" if isinstance(r, BaseException) else "up" for name, r in zip(probes, results)}
