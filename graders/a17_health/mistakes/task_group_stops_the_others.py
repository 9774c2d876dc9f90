"""Uses a task group, which cancels all other probes as soon as one fails.

Killed by: one_down_others_up
Diagnosis: one_failure_stops_the_others
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

    tasks = {}
    try:
        async with asyncio.TaskGroup() as group:
            for name, probe in probes.items():
                tasks[name] = group.create_task(run(probe))
    except* Exception:
        pass

    report = {}
    for name, task in tasks.items():
        if task.cancelled() or task.exception():
            report[name] = "down"
        else:
            report[name] = "up"
    return report
