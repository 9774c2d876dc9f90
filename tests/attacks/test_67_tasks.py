"""Attack 67: swallowed cancellations, leaked tasks, calls that nobody awaits, a stopped loop. All of it is seen.

The loop runs in the virtual world: a task that never ends is known by that nothing happens any more, in no real time.
"""

import pytest

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

RUN_ALL = """    slots = asyncio.Semaphore(limit or len(probes) or 1)
    async def run(probe):
        async with slots:
            await probe()
    tasks = [asyncio.ensure_future(run(probe)) for probe in probes.values()]
"""
REPORT = """
    return {name: "up" if error is None else "down" for name, error in zip(probes, errors, strict=True)}
"""
SWALLOWS = f"""{RUN_ALL}    try:
        errors = await asyncio.gather(*tasks, return_exceptions=True)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
        errors = [None] * len(probes){REPORT}"""
LEAKS = f"""{RUN_ALL}    errors = await asyncio.shield(asyncio.gather(*tasks, return_exceptions=True)){REPORT}"""
ALL_UP = "    return dict.fromkeys(probes, 'up')\n"
NEVER_AWAITS = f"    [probe() for probe in probes.values()]\n{ALL_UP}"
STOPS = f"    asyncio.get_running_loop().stop()\n    await asyncio.sleep(0)\n{ALL_UP}"
CANCELS_ALL = f"    [task.cancel() for task in asyncio.all_tasks()]\n{ALL_UP}"
OTHER_LOOP = f"    asyncio.events._set_running_loop(None)\n    asyncio.run(asyncio.sleep(1))\n{ALL_UP}"
IMMORTAL = """    while True:
        try:
            await asyncio.sleep(3600)
        except BaseException:
            pass
"""


@pytest.mark.parametrize(
    ("body", "points", "got"),
    [
        (SWALLOWS, 9, "CancelledError comes out of the report that is cancelled after 2.5 s {'database': 'up'"),
        (
            LEAKS,
            9,
            "every probe that is running is cancelled with the report, after 2.5 s database went on until 4.0 s",
        ),
        (NEVER_AWAITS, 1, "one call of each probe no call at all"),
        (STOPS, 0, "RuntimeError: Event loop stopped before Future completed."),
        (CANCELS_ALL, 0, "no exception comes out of your code here CancelledError"),
        (OTHER_LOOP, 0, "RuntimeError: no running event loop"),
        (IMMORTAL, 0, "it goes on for ever: Task-1 waits in sleep()"),
    ],
    ids=["swallows", "leaks", "never awaits", "stops", "cancels all", "other loop", "immortal"],
)
def test_a_loop_that_is_played_with_gains_nothing(attack: Attack, body: str, points: int, got: str) -> None:
    source = solution("a17")
    attacked = attack("a17", source[: source.index("    ### BEGIN SOLUTION")] + body)
    assert attacked.points == points
    assert got in attacked.said
