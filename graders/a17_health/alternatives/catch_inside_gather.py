"""Each probe turns its own failure into "down", so gather never sees an exception."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def state(probe: Callable[[], Awaitable[object]]) -> str:
        try:
            async with slots:
                await probe()
        except (Exception, asyncio.CancelledError):  # gather still raises when the report itself is cancelled
            return "down"
        return "up"

    states = await asyncio.gather(*map(state, probes.values()))
    return dict(zip(probes, states, strict=True))
