"""A TaskGroup whose tasks never fail; a task that ends cancelled is "down"."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    slots = asyncio.Semaphore(limit or max(len(probes), 1))

    async def answers(probe: Callable[[], Awaitable[object]]) -> bool:
        async with slots:
            try:
                await probe()
            except Exception:
                return False
            return True

    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(answers(probe)) for name, probe in probes.items()}
    return {name: "up" if not task.cancelled() and task.result() else "down" for name, task in tasks.items()}
