"""Scenarios: how the checks drive a student's `health_report`. This file travels to the workers."""

import asyncio
import json
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


# --- with a real event loop, and the judge at the other end ---


def ask_the_judge(
    student: Any, lab: Any, names: list[str], limit: int | None, *, by_turn: bool = False
) -> dict[str, Any]:
    """Ask for one report; the judge says how each probe ends, and when. He knows them by name, or by their turn."""
    from course.lab.meeting import ask_async

    started: list[str] = []

    def probe_of(name: str) -> Callable[[], Awaitable[object]]:
        async def probe() -> object:
            started.append(name)
            ending, what = json.loads(await ask_async(f"turn {len(started)}" if by_turn else name))
            if ending == "raises":
                raise EXCEPTIONS[what](name)
            return what

        return probe

    async def report() -> Any:
        report = await student.health_report({name: probe_of(name) for name in names}, limit)
        await ask_async("report")
        return report

    kind, value = lab.attempt(asyncio.run, report())
    return {"kind": kind, "value": value, "started": list(started)}


def cancel_with_the_judge(student: Any, lab: Any, names: list[str], limit: int) -> dict[str, Any]:
    """Ask for a report and cancel it when the judge says so; he tells each probe that is cancelled its receipt."""
    from course.lab.meeting import ask_async

    receipts: dict[str, str] = {}
    ends: list[asyncio.Future[None]] = []

    def probe_of(name: str) -> Callable[[], Awaitable[object]]:
        async def probe() -> None:
            end = asyncio.get_running_loop().create_future()
            ends.append(end)
            try:
                await ask_async(name)
            finally:
                receipts[name] = await ask_async(f"end of {name}")
                end.set_result(None)

        return probe

    async def caller() -> Any:
        return await student.health_report({name: probe_of(name) for name in names}, limit)

    async def cancel() -> tuple[str, Any]:
        task = asyncio.create_task(caller())
        await ask_async("cancel")
        task.cancel()
        await asyncio.wait([task])
        if ends:
            await asyncio.wait(ends)
        return ("raised", "CancelledError") if task.cancelled() else lab.attempt(task.result)

    kind, value = asyncio.run(cancel())
    return {"kind": kind, "value": value, "receipts": dict(receipts)}
