"""Scenarios: how the checks drive a student's `health_report`. This file travels to the workers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


def probes_of(lab: Any, probes: dict[str, list[Any]]) -> dict[str, Callable[[], Awaitable[object]]]:
    """The probes by name; each takes its seconds and then returns its value or raises the exception of that name."""

    def probe_of(name: str, seconds: float, ending: str, what: Any) -> Callable[[], Awaitable[object]]:
        async def probe() -> object:
            with lab.call("probe", name):
                await asyncio.sleep(seconds)
                if ending == "raises":
                    raise EXCEPTIONS[what](f"{name} does not answer")
                return what

        return probe

    return {name: probe_of(name, *plan) for name, plan in probes.items()}


EXCEPTIONS: dict[str, type[BaseException]] = {
    "CancelledError": asyncio.CancelledError,
    "ConnectionError": ConnectionError,
    "LookupError": LookupError,
}


async def let_the_rest_end() -> None:
    """Give tasks that were left behind the time to end, so that the calls show how long they went on."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    if rest:
        await asyncio.wait(rest, timeout=60)


async def ask(student: Any, lab: Any, probes: dict[str, list[Any]], limit: int | None) -> dict[str, Any]:
    """Ask for one report."""
    report = await student.health_report(probes_of(lab, probes), limit)
    seconds = lab.now()
    await let_the_rest_end()
    return {"report": dict(report) if isinstance(report, dict) else report, "seconds": seconds}


async def cancel(student: Any, lab: Any, probes: dict[str, list[Any]], limit: int, after: float) -> dict[str, Any]:
    """Ask for a report and cancel it a little later."""

    seconds = 0.0

    async def caller() -> Any:
        nonlocal seconds
        try:
            return await student.health_report(probes_of(lab, probes), limit)
        finally:
            seconds = lab.now()

    task = asyncio.create_task(caller())
    await asyncio.sleep(after)
    in_time = task.cancel()
    await asyncio.wait([task])
    kind, value = ("raised", "CancelledError") if task.cancelled() else lab.attempt(task.result)
    await let_the_rest_end()
    return {"kind": kind, "value": value, "seconds": seconds, "in_time": in_time}


def ask_the_judge(student: Any, lab: Any, names: list[str], limit: int) -> Any:
    """Ask for one report with a real event loop; the judge says which probes fail."""
    from course.lab.meeting import ask_async

    def probe_of(name: str) -> Callable[[], Awaitable[object]]:
        async def probe() -> object:
            if await ask_async(name) == "down":
                raise ConnectionError(name)
            return name

        return probe

    async def report() -> Any:
        return await student.health_report({name: probe_of(name) for name in names}, limit)

    return lab.attempt(asyncio.run, report())
