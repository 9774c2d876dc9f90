"""Breakpoints that were forgotten in a program: it goes on, and no debugger is loaded for them."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from tests.judge.conftest import bench, make_drivers, make_lesson

__all__ = ["bench", "make_drivers", "make_lesson"]  # the fixtures of the judge's tests

SOURCE = """
import sys
def work():
    breakpoint()
    breakpoint(header="here")
    before = "pdb" in sys.modules
    import pdb
    pdb.set_trace()
    pdb.Pdb().set_trace()
    return before, sys.gettrace() is None
"""


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_a_program_goes_on_at_a_breakpoint(make_drivers: Callable[..., Drivers], mode: str) -> None:
    drivers = make_drivers(SOURCE, mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    assert run.value == (False, True)


STARTS = """
import multiprocessing, pdb
def stops(pipe):
    for _ in range(3):
        breakpoint()
        pdb.set_trace()
    pipe.send("went on")
def work(method):
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    process = context.Process(target=stops, args=(theirs,))
    process.start()
    theirs.close()
    return ours.recv()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_so_do_the_processes_that_it_starts(make_drivers: Callable[..., Drivers], method: str) -> None:
    assert make_drivers(STARTS, mode="real").real("drive", method=method).value == "went on"
