"""Takes names and probes apart with zip(*...), which gives nothing to unpack for no probes.

Killed by: empty
Diagnosis: empty_not_expected
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    names, calls = zip(*probes.items())
    slots = asyncio.Semaphore(limit or len(calls))

    async def run(probe: Callable[[], Awaitable[object]]) -> object:
        async with slots:
            return await probe()

    results = await asyncio.gather(*map(run, calls), return_exceptions=True)
    return {name: "down" if isinstance(r, BaseException) else "up" for name, r in zip(names, results)}
