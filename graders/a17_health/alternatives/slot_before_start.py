"""The report takes a slot before it starts a probe; the end of the task gives the slot back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))
    tasks: dict[str, asyncio.Task[None]] = {}

    async def run(probe: Callable[[], Awaitable[object]]) -> None:
        await probe()

    try:
        for name, probe in probes.items():
            await slots.acquire()
            tasks[name] = asyncio.create_task(run(probe))
            tasks[name].add_done_callback(lambda _: slots.release())
        errors = await asyncio.gather(*tasks.values(), return_exceptions=True)
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        raise
    return {name: "up" if error is None else "down" for name, error in zip(tasks, errors, strict=True)}
