"""Works in groups of `limit` and waits for each whole group before the next.

Killed by: slot_reused
Diagnosis: waves
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    names = list(probes)
    size = limit or max(len(names), 1)
    report = {}
    for first in range(0, len(names), size):
        group = names[first : first + size]
        results = await asyncio.gather(*(probes[name]() for name in group), return_exceptions=True)
        for name, result in zip(group, results):
            report[name] = "down" if isinstance(result, BaseException) else "up"
    return report
