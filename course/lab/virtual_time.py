"""A world's `time` module: the real one, with every clock and sleep on virtual time."""

import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from course.lab.locks import NANOSECONDS, check_timeout, nanoseconds
from course.lab.scheduler import Scheduler

# What the clocks show when a run begins: monotonic clocks are never 0 in real life, dates are not in 1970.
MONOTONIC_START = 1_000 * NANOSECONDS
DATE_START = 1_767_225_600 * NANOSECONDS  # 2026-01-01 00:00 UTC


_REAL = {name: value for name, value in vars(time).items() if not name.startswith("__")}


def time_module(  # noqa: C901  # a list of small functions, one per name of the module
    scheduler: Scheduler, slept: Callable[[float], None]
) -> ModuleType:
    """A `time` module for one world; `slept` is told of every sleep (seconds) before it begins."""

    def sleep(seconds: float, /) -> None:
        if isinstance(seconds, int | float) and seconds < 0:
            raise ValueError("sleep length must be non-negative")
        seconds = check_timeout(seconds)
        slept(seconds)
        if seconds == 0:
            scheduler.give_way()
        else:
            scheduler.sleep(nanoseconds(seconds))

    def read_clock() -> int:
        now = scheduler.read_clock()
        if not scheduler.clock.reads:  # it has crept for somebody who waits without blocking: others go on meanwhile
            scheduler.give_way()
        return now

    def monotonic_ns() -> int:
        return MONOTONIC_START + read_clock()

    def monotonic() -> float:
        return (MONOTONIC_START + read_clock()) / NANOSECONDS

    def time_ns() -> int:
        return DATE_START + read_clock()

    def date() -> float:
        return time_ns() / NANOSECONDS

    def localtime(seconds: float | None = None) -> time.struct_time:
        return time.localtime(date() if seconds is None else seconds)

    def clock_gettime_ns(clock: int) -> int:
        return time_ns() if clock == getattr(time, "CLOCK_REALTIME", None) else monotonic_ns()

    def get_clock_info(name: Any) -> Any:
        adjustable = time.get_clock_info(name).adjustable
        return SimpleNamespace(
            implementation="virtual", monotonic=not adjustable, adjustable=adjustable, resolution=1e-9
        )

    functions: dict[str, Callable[..., object]] = {
        "sleep": sleep,
        "monotonic": monotonic,
        "monotonic_ns": monotonic_ns,
        "perf_counter": monotonic,
        "perf_counter_ns": monotonic_ns,
        "time": date,
        "time_ns": time_ns,
        "process_time": lambda: 0.0,
        "process_time_ns": lambda: 0,
        "thread_time": lambda: 0.0,
        "thread_time_ns": lambda: 0,
        "get_clock_info": get_clock_info,
        "clock_gettime": lambda clock: clock_gettime_ns(clock) / NANOSECONDS,
        "clock_gettime_ns": clock_gettime_ns,
        "localtime": localtime,
        "gmtime": lambda seconds=None: time.gmtime(date() if seconds is None else seconds),
        "ctime": lambda seconds=None: time.ctime(date() if seconds is None else seconds),
        "asctime": lambda moment=None: time.asctime(localtime() if moment is None else moment),
        "strftime": lambda layout, moment=None: time.strftime(layout, localtime() if moment is None else moment),
    }
    module = ModuleType("time")
    module.__dict__.update(_REAL)
    # Like functions written in C, these do not become methods where a class body binds them.
    module.__dict__.update({name: staticmethod(function) for name, function in functions.items()})
    return module
