"""Asks the services one after another.

Killed by: order_and_time
Diagnosis: one_after_another
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    report = {}
    for name, probe in probes.items():
        try:
            await probe()
            report[name] = "up"
        except Exception:
            report[name] = "down"
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            report[name] = "down"
    return report
