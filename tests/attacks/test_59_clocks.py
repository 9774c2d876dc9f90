"""Attack 59: patch clocks and sleeps, so that slow code looks fast. Calls are timed by a clock of the world's own.

In real mode no clock decides at all: whoever has to be there at the same time meets in the judge.
"""

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

PATCHED_TIME = """
import threading, time
time.sleep = lambda seconds: None
time.time = time.monotonic = time.perf_counter = lambda: 0.0
time.time_ns = time.monotonic_ns = time.perf_counter_ns = lambda: 0
threading._time = time.monotonic
"""
ONE_BY_ONE = """
def fetch_quotes(symbols, fetch):
    prices = {}
    for symbol in symbols:
        thread = threading.Thread(target=lambda: prices.__setitem__(symbol, fetch(symbol)))
        thread.start(); thread.join()
    return prices
"""
PATCHED_LOOP = """
import asyncio
async def no_sleep(delay, result=None):
    return result
asyncio.sleep = no_sleep
asyncio.base_events.BaseEventLoop.time = lambda self: 0.0
"""
PROBE_BY_PROBE = """
async def health_report(probes, limit=None):
    states = {}
    asyncio.get_running_loop().time = lambda: 0.0
    for name, probe in probes.items():
        try:
            await probe(); states[name] = "up"
        except BaseException:
            states[name] = "down"
    return states
"""
# With `time.monotonic` patched as well, multiprocessing itself would never come to an end.
PATCHED_DATES = """
import time
time.sleep = lambda seconds: None
time.time = time.perf_counter = lambda: 0.0
"""
ONE_TASK_AT_A_TIME = "return [pool.submit(func, item).result() for item in items]"


def test_sequential_threads_are_as_slow_as_they_are(attack: Attack) -> None:
    """The honest part: values (2), nothing for nothing (1), off the caller's thread (1), no thread left (1)."""
    attacked = attack("t01", PATCHED_TIME + ONE_BY_ONE)
    assert attacked.points == 5
    assert "at most 1 at the same time, so that it took 5.0 s" in attacked.said


def test_a_loop_without_sleep_makes_no_probe_shorter(attack: Attack) -> None:
    """A sleep that is left out is seen as a probe that was cut short; only the empty report is right."""
    attacked = attack("a17", PATCHED_LOOP + PROBE_BY_PROBE)
    assert attacked.points == 1
    assert "a report after 3 s, the time of the slowest probe a report after 0.0 s" in attacked.said
    assert "every probe runs to its end stopped half-way: database" in attacked.said


def test_no_clock_decides_about_processes(attack: Attack) -> None:
    """One process at a time, and a `time` module that hides it."""
    one_by_one = ("return list(pool.map(func, items, chunksize=chunk))", ONE_TASK_AT_A_TIME)
    attacked = attack("p13", altered("p13", ("import re\n", f"import re\n{PATCHED_DATES}"), one_by_one))
    failed = {check.id for check in attacked.lesson.checks if check.status != "passed"}
    assert "processes_meet" in failed
    assert "two worker processes inside func at the same time never more than 1 at once" in attacked.said
