"""The library looks at frames for its own ends as it always did; programs are handed none (`tests/attacks/test_41`)."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from tests.judge.conftest import bench, make_drivers, make_lesson

__all__ = ["bench", "make_drivers", "make_lesson"]  # the fixtures of the judge's tests

USES = """
import asyncio, inspect, io, logging, traceback, warnings
async def prints_its_stack():
    printed = io.StringIO()
    asyncio.current_task().print_stack(file=printed)
    coroutine = asyncio.sleep(0)
    state = inspect.getcoroutinestate(coroutine)
    await coroutine
    return ["Stack for" in printed.getvalue(), state]
def logged():
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(funcName)s: %(message)s"))
    log = logging.getLogger("own")
    log.addHandler(handler)
    log.warning("low", stack_info=True)
    return ["logged: low" in written.getvalue(), "Stack (most recent call last)" in written.getvalue()]
def traced():
    try:
        1 / 0
    except ZeroDivisionError as error:
        lines = traceback.format_exc(), traceback.format_exception(error), traceback.extract_tb(error.__traceback__)
    return ["ZeroDivisionError" in lines[0], "ZeroDivisionError" in lines[1][-1], lines[2][0].name]
def generated():
    generator = (number for number in range(3))
    return [inspect.getgeneratorstate(generator), traceback.extract_stack()[-1].name]
def work():
    return {"logged": logged(), "traced": traced(), "generated": generated(), "task": asyncio.run(prints_its_stack())}
"""


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_what_the_library_does_with_frames_itself_goes_on(make_drivers: Callable[..., Drivers], mode: str) -> None:
    drivers = make_drivers(USES, mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    assert run.value == {
        "logged": [True, True],
        "traced": [True, True, "traced"],
        "generated": ["GEN_CREATED", "generated"],
        "task": [True, "CORO_CREATED"],
    }


def test_code_of_ones_own_is_made_and_run(make_drivers: Callable[..., Drivers]) -> None:
    """In real mode, where it may be: also what has no file's name, and what dataclasses make."""
    source = """
import ast, dataclasses, runpy
def work():
    names = {}
    exec(compile("one = 1", "own.py", "exec"), names)
    exec(compile(ast.parse("two = 2"), b"own.py", "exec"), names)
    exec((lambda: None).__code__.replace(co_filename="own.py"))
    made = dataclasses.make_dataclass("Made", ["number"])
    with open("other.py", "w") as file:
        file.write("number = 4")
    return [names["one"], names["two"], eval("3"), runpy.run_path("other.py")["number"], made(5).number]
"""
    assert make_drivers(source, mode="real").real("drive").value == [1, 2, 3, 4, 5]
