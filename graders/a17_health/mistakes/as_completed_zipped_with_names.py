"""Takes the answers in the order in which they come and pairs them with the names.

Killed by: one_down_others_up
Diagnosis: completion_order
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

    tasks = [asyncio.create_task(run(probe)) for probe in probes.values()]
    states = []
    try:
        for answer in asyncio.as_completed(tasks):
            try:
                await answer
                states.append("up")
            except Exception:
                states.append("down")
            except asyncio.CancelledError:
                me = asyncio.current_task()
                if me is not None and me.cancelling():
                    raise
                states.append("down")
    finally:
        for task in tasks:
            task.cancel()
    return dict(zip(probes, states))
