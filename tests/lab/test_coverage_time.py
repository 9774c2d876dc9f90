"""`time` and `contextvars`: unmodified programs, exact virtual times."""

import time
from fractions import Fraction

import pytest

from tests.lab.exact import Case, assert_exact, said
from tests.lab.nursery import Nursery

HEADER = """
import contextvars, threading, time
begin = time.monotonic()
def passed(): return time.monotonic() - begin
def told(function, *args, **kwargs):
    try: return function(*args, **kwargs)
    except BaseException as error: return f"{type(error).__name__}: {error}".rstrip(": ")
"""

_FRACTION = said(time.sleep, Fraction(1, 1000))
CASES = {
    "clocks move together": Case(
        """
    names = ("time", "monotonic", "perf_counter")
    before = [(getattr(time, name)(), getattr(time, name + "_ns")()) for name in names]
    time.sleep(1.5)
    after = [(getattr(time, name)(), getattr(time, name + "_ns")()) for name in names]
    return [(later[0] - sooner[0], later[1] - sooner[1]) for sooner, later in zip(before, after)]""",
        [(1.5, 1_500_000_000)] * 3,
        1.5,
    ),
    "clock_gettime": Case(
        """
    clocks = (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC)
    before = [time.clock_gettime(clock) for clock in clocks]
    time.sleep(2)
    after = [time.clock_gettime(clock) for clock in clocks]
    return [b - a for a, b in zip(before, after)], time.clock_gettime_ns(time.CLOCK_REALTIME) == time.time_ns()""",
        ([2.0, 2.0], True),
        2,
    ),
    "computing and sleeping cost no processor time": Case(
        """
    before = time.process_time(), time.thread_time(), time.process_time_ns(), time.thread_time_ns()
    sum(range(100_000))
    time.sleep(1)
    return before == (time.process_time(), time.thread_time(), time.process_time_ns(), time.thread_time_ns())""",
        True,
        1,
    ),
    "the smallest sleep": Case(
        """
    time.sleep(0.000_000_001)
    time.sleep(1e-6)
    return time.monotonic_ns() - round(begin * 1e9)""",
        1001,
        1001e-9,
    ),
    "lengths of all kinds": Case(
        """
    class Second:
        def __index__(self): return 1
    for length in (1, True, 0.5, Second()): time.sleep(length)
    return passed(), told(time.sleep, -1), told(time.sleep, "1")""",
        (
            3.5,
            said(time.sleep, -1),
            said(time.sleep, "1"),
        ),
        3.5,
    ),
    "a length that is a fraction": Case(  # since 3.15
        """
    from fractions import Fraction
    lock = threading.Lock()
    return told(time.sleep, Fraction(1, 1000)), lock.acquire(), told(lock.acquire, True, Fraction(1, 1000))""",
        (_FRACTION, True, False if _FRACTION is None else _FRACTION),
        0.002 if _FRACTION is None else 0,
    ),
    "functions of time in a class body": Case(
        """
    class Watch:
        now, nap = time.monotonic, time.sleep
        def __init__(self): self.start = self.now()
        def split(self):
            self.nap(2)
            return self.now() - self.start
    return Watch().split()""",
        2.0,
        2,
    ),
    "replacing a clock": Case(
        """
    real, time.sleep = time.sleep, lambda seconds: real(seconds / 10)
    time.sleep(5)
    return passed()""",
        0.5,
        0.5,
    ),
    "timeit": Case(
        """
    import timeit
    return timeit.timeit(lambda: time.sleep(0.25), number=4), timeit.default_timer() - begin""",
        (1.0, 1.0),
        1,
    ),
    "a rate limit by hand": Case(
        """
    stamps = []
    for _ in range(4):
        if stamps and passed() - stamps[-1] < 0.5: time.sleep(0.5 - (passed() - stamps[-1]))
        stamps.append(passed())
    return stamps""",
        [0.0, 0.5, 1.0, 1.5],
        1.5,
    ),
    "a thread begins with an empty context": Case(
        """
    variable, seen = contextvars.ContextVar("v", default="default"), []
    variable.set("main")
    def work(): seen.append(variable.get()); variable.set("thread")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    carried = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    carried.start()
    carried.join()
    return seen, variable.get()""",
        (["default", "main"], "main"),
    ),
    "a task begins with a copy": Case(
        """
    import asyncio
    variable, seen = contextvars.ContextVar("v", default="default"), []
    async def work(value):
        seen.append(variable.get())
        variable.set(value)
        await asyncio.sleep(1)
        seen.append(variable.get())
    async def go():
        variable.set("main")
        await asyncio.gather(work("a"), work("b"))
        await asyncio.create_task(work("c"), context=contextvars.Context())
        await asyncio.to_thread(lambda: seen.append(variable.get()))
        asyncio.get_running_loop().call_soon(lambda: seen.append(variable.get()))
        await asyncio.sleep(0)
        return variable.get()
    return asyncio.run(go()), seen, variable.get()""",
        ("main", ["main", "main", "a", "b", "default", "c", "main", "main"], "default"),
        2,
    ),
    "tokens": Case(
        """
    variable = contextvars.ContextVar("v")
    token = variable.set(1)
    inner = contextvars.copy_context()
    inner.run(variable.set, 2)
    variable.reset(token)
    return told(variable.get).partition(":")[0], inner[variable], token.old_value is contextvars.Token.MISSING""",
        ("LookupError", 2, True),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_time_and_contexts_are_as_ever_in_virtual_time(nursery: Nursery, name: str) -> None:
    """The answers and the messages of the real library; the lengths to the nanosecond, under every schedule."""
    assert_exact(nursery, HEADER, CASES[name])
