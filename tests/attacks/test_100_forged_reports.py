"""Attack 100: forged reports. No probe is asked in virtual time; the lab's notes say that all were.

`inspect` and tasks would hand out the frames of who drives the scenario, and with them the inputs and the lab. They
refuse. Who gets there by another way gains nothing: all checks but that of the empty report are proved outside of the
worker, and `{}` is an honest answer there.

Open: who asks the judge what the scenario would ask, all at once and within the limit, and carries on what he is told,
can do so without `asyncio`, by threads and with a script of his own; that is more work than the exercise.
"""

import pytest

from course.judge.bench import Bench
from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE
from tests.attacks.perfect import passed_by_a_perfect_forger

FORGED = f"""
import asyncio, inspect
{INSIDE}
async def health_report(probes, limit=None):
    driver = inside(inspect, "getcoroutine", "locals")(inside(asyncio.current_task(), "get_", "coro")())
    for task in asyncio.all_tasks():
        driver = inside(inspect, "getcoroutine", "locals")(task.get_coro()) if "drive" not in driver else driver
    if "drive" not in driver:
        return dict.fromkeys(probes, "up")
    plan, after = driver["arguments"]["probes"], driver["arguments"].get("after", 1000)
    calls, free = inside(driver["self"].lab, "_ca", "lls"), [0] * (limit or len(plan) or 1)
    for number, (name, (seconds, ending, what)) in enumerate(plan.items(), start=2):
        start = min(free)
        if start >= after:
            continue
        end = free[free.index(start)] = start + seconds
        call = {{"name": "probe", "tag": name, "lane": f"Task-{{number}}", "thread": 0, "start": start * 10**9}}
        error = "CancelledError" if end > after else what if ending == "raises" else ""
        calls.append({{**call, "end": int(min(end, after) * 10**9), "error": error}})
    await asyncio.sleep(max(free))
    return {{name: "down" if ending == "raises" else "up" for name, (_, ending, _) in plan.items()}}
"""
NOTHING = """
async def health_report(probes, limit=None):
    return dict.fromkeys(probes, "up")
"""
# Everybody is asked, and nobody is listened to.
DEAF = """
import asyncio
async def health_report(probes, limit=None):
    await asyncio.gather(*(probe() for probe in probes.values()), return_exceptions=True)
    return dict.fromkeys(probes, "up")
"""
ONE_BY_ONE = """
async def health_report(probes, limit=None):
    report = {}
    for name, probe in probes.items():
        try:
            await probe()
            report[name] = "up"
        except BaseException:
            report[name] = "down"
    return report
"""
# The connections of probes that were cancelled are gone; the judge has answered nobody.
CANCELS = """
import asyncio
async def health_report(probes, limit=None):
    tasks = [asyncio.ensure_future(probe()) for probe in probes.values()]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    return dict.fromkeys(probes, "up")
"""


def test_forged_reports_are_worth_nothing(attack: Attack) -> None:
    """The frames in which the inputs are cannot be had."""
    attacked = attack("a17", FORGED)
    assert attacked.points == 0
    assert "reach into the grader" in attacked.said


@pytest.mark.parametrize(
    ("source", "passed"),
    [
        (NOTHING, {"empty"}),
        (CANCELS, {"empty"}),
        (DEAF, {"order_and_time", "falsy_results", "empty", "caller_cancel_reaches_probes"}),
        (
            ONE_BY_ONE,
            {"one_down_others_up", "falsy_results", "empty", "cancelled_probe_is_down"},
        ),
    ],
    ids=["nothing", "cancels", "deaf", "one by one"],
)
def test_who_tells_every_simulation_gets_what_he_keeps_outside(bench: Bench, source: str, passed: set[str]) -> None:
    """Each promise that is kept with real tasks counts, and no other."""
    assert passed_by_a_perfect_forger(bench, "a17", source) == passed
