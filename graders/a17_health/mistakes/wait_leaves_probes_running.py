"""Makes tasks and waits for them; when the report is cancelled, the tasks go on.

Killed by: caller_cancel_reaches_probes
Diagnosis: task_left_behind
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

    if not probes:
        return {}
    tasks = {name: asyncio.create_task(run(probe)) for name, probe in probes.items()}
    await asyncio.wait(tasks.values())
    return {name: "down" if task.cancelled() or task.exception() else "up" for name, task in tasks.items()}
