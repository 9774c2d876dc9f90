"""A world's `time` module: every clock is virtual, and so is every sleep."""

import time
from typing import Any

import pytest

from course.lab.scheduler import Scheduler
from course.lab.strategies import RunToBlock
from course.lab.virtual_time import time_module

pytestmark = pytest.mark.timeout(30)


def run_with_time(program: Any) -> tuple[list[Any], list[float], Scheduler]:
    """What `program(time, note)` notes, the sleeps that were told, and the scheduler after the run."""
    scheduler = Scheduler(RunToBlock())
    slept: list[float] = []
    noted: list[Any] = []
    module = time_module(scheduler, slept.append)
    assert scheduler.run(lambda: program(module, noted.append)) == "finished"
    return noted, slept, scheduler


@pytest.mark.parametrize("clock", ["time", "monotonic", "perf_counter"])
def test_sleeping_moves_every_clock_by_exactly_that(clock: str) -> None:
    """Also the clock that counts nanoseconds, and never the one that counts processor time."""

    def program(time: Any, note: Any) -> None:
        before, before_ns, cpu = getattr(time, clock)(), getattr(time, f"{clock}_ns")(), time.process_time()
        time.sleep(2.5)
        note((getattr(time, clock)() - before, getattr(time, f"{clock}_ns")() - before_ns, time.process_time() - cpu))

    noted, slept, scheduler = run_with_time(program)
    assert noted == [(2.5, 2_500_000_000, 0.0)]
    assert slept == [2.5]
    assert scheduler.now == 2_500_000_000


def test_no_clock_is_left_real() -> None:
    """Every function of `time` that tells a time tells the same in two runs."""

    def program(time: Any, note: Any) -> None:
        time.sleep(86_400)
        for name in ("time", "time_ns", "monotonic", "perf_counter", "ctime", "asctime", "localtime", "gmtime"):
            note(getattr(time, name)())
        note(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()))
        note(time.strftime("%Y-%m"))
        for name in (name for name in dir(time) if name.startswith("CLOCK_")):
            note(time.clock_gettime(getattr(time, name)))
            note(time.clock_gettime_ns(getattr(time, name)))

    first, again = run_with_time(program)[0], run_with_time(program)[0]
    assert first == again
    assert "2026-01-02 00:00:00" in first


def test_given_times_are_converted_as_ever() -> None:
    """Only the default, now, is virtual."""

    def program(virtual: Any, note: Any) -> None:
        moment = time.gmtime(86_400)
        note(virtual.gmtime(86_400) == moment)
        note(virtual.localtime(86_400) == time.localtime(86_400))
        note(virtual.ctime(86_400) == time.ctime(86_400))
        note(virtual.asctime(moment) == time.asctime(moment))
        note(virtual.strftime("%c", moment) == time.strftime("%c", moment))
        note(virtual.mktime(moment) == time.mktime(moment))

    assert run_with_time(program)[0] == [True] * 6


@pytest.mark.parametrize(("seconds", "error"), [(-1, ValueError), ("1", TypeError), (float("nan"), ValueError)])
def test_a_wrong_length_of_sleep_is_refused(seconds: Any, error: type[Exception]) -> None:
    """With the real one's exceptions."""

    def program(time: Any, note: Any) -> None:
        with pytest.raises(error):
            time.sleep(seconds)
        note(time.monotonic())

    noted, _, scheduler = run_with_time(program)
    assert len(noted) == 1
    assert scheduler.now == 0


def test_sleeping_for_no_time_gives_way() -> None:
    """`sleep(0)` lets another thread go first and takes no time."""
    scheduler, log = Scheduler(RunToBlock()), []
    module = time_module(scheduler, lambda _: None)

    def main() -> None:
        scheduler.new_thread(lambda: log.append("other"))
        module.sleep(0)
        log.append("main")

    scheduler.run(main)
    assert log == ["other", "main"]
    assert scheduler.now == 0


def test_the_clocks_say_that_they_are_virtual() -> None:
    """Asyncio asks for the resolution, people may ask for the rest."""

    def program(time: Any, note: Any) -> None:
        note(time.get_clock_info("monotonic").resolution)
        note(time.get_clock_info("time").adjustable)
        note(time.get_clock_info("perf_counter").implementation)

    assert run_with_time(program)[0] == [1e-9, True, "virtual"]
