"""Runs everything at once, whatever the limit.

Killed by: limit
Diagnosis: limit_without_effect
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    results = await asyncio.gather(*(probe() for probe in probes.values()), return_exceptions=True)
    return {name: "down" if isinstance(r, BaseException) else "up" for name, r in zip(probes, results)}
