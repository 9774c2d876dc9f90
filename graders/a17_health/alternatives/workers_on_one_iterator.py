"""No semaphore: `limit` workers take the next probe from one shared iterator."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    report = dict.fromkeys(probes, "down")
    todo = iter(probes.items())

    async def worker() -> None:
        me = asyncio.current_task()
        assert me is not None
        for name, probe in todo:
            try:
                await probe()
                report[name] = "up"
            except (Exception, asyncio.CancelledError):
                pass  # it stays "down"
            if me.cancelling():  # the worker was cancelled, not just this probe
                raise asyncio.CancelledError

    await asyncio.gather(*(worker() for _ in range(limit or len(probes))))
    return report
