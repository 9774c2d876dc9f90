"""What only helps to get at the lab is refused when it is asked for, by whatever name; the lab and the library may."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from tests.judge.conftest import bench, make_drivers, make_lesson

__all__ = ["bench", "make_drivers", "make_lesson"]  # the fixtures of the judge's tests

ASKED = {
    "gc.get_objects": "import gc\ngc.get_objects()",
    "gc.get_referrers": "import gc\ngc.get_referrers(gc)",
    "sys._getframe": "import sys\nsys._getframe()",
    "sys._current_frames": "import sys\nsys._current_frames()",
    "sys.settrace": "import sys\nsys.settrace(None)",
    "sys.setprofile": "import sys\nsys.setprofile(None)",
    "object.__getattr__": "try: 1 / 0\nexcept ZeroDivisionError as e: e.__traceback__.tb_frame",
    "ctypes.string_at": "import ctypes\nctypes.string_at(0)",
}


@pytest.mark.parametrize("mode", ["simulated", "real"])
@pytest.mark.parametrize("event", ASKED)
def test_a_program_that_reaches_into_the_lab_is_refused(
    make_drivers: Callable[..., Drivers], event: str, mode: str
) -> None:
    body = "\n".join(f"    {line}" for line in ASKED[event].splitlines())
    drivers = make_drivers(f"def work():\n{body}\n", mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    error = run.record.error
    assert error is not None
    assert error.type == "PermissionError"
    assert "can reach into the grader, and no exercise needs it" in error.message
    assert error.message.split()[0] == event


def test_no_other_hook_is_added(make_drivers: Callable[..., Drivers]) -> None:
    """The interpreter does not say so: it leaves the hook out."""
    source = """
import sys
heard = []
def work():
    sys.addaudithook(lambda event, arguments: heard.append(event))
    id(heard)
    return heard
"""
    assert make_drivers(source).simulate("drive").value == []


LIBRARY = """
import collections, dataclasses, enum, functools, traceback, typing
def work():
    Point = collections.namedtuple("Point", "x y")
    Colour = enum.Enum("Colour", "RED")
    Named = typing.NamedTuple("Named", [("x", int)])
    Data = dataclasses.make_dataclass("Data", ["x"])
    try:
        1 / 0
    except ZeroDivisionError:
        told = traceback.format_exc()
    return [Point(1, 2).y, Colour.RED.value, Named(3).x, Data(4).x, "1 / 0" in told]
"""


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_the_library_may_use_what_it_needs(make_drivers: Callable[..., Drivers], mode: str) -> None:
    drivers = make_drivers(LIBRARY, mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    assert run.value[:4] == [2, 1, 3, 4]


def test_no_import_leads_to_the_lab_that_is_in_use(make_drivers: Callable[..., Drivers]) -> None:
    """It gives a copy: what is replaced there is used by nobody."""
    source = """
import importlib
def work():
    record = importlib.import_module("cour" + "se.lab.record")
    record.plain = record.text = lambda *_: "forged"
    record.Channel.send = lambda *_, **__: None
    return record.plain(1)
"""
    assert make_drivers(source).simulate("drive").value == "forged"
    assert make_drivers(source.replace("record.plain(1)", "1")).simulate("drive").value == 1


def test_type_variables_of_a_right_program_reach_nowhere(make_drivers: Callable[..., Drivers]) -> None:
    """On some versions packages stand in for parts of `typing`, and look at frames as it does."""
    source = """
import dataclasses, enum, logging, threading, typing
T = typing.TypeVar("T")
class Worker(threading.Thread, typing.Generic[T]):
    pass
class Colour(enum.Enum):
    RED = 1
Point = typing.NamedTuple("Point", [("x", int)])
@dataclasses.dataclass(slots=True)
class Box(typing.Generic[T]):
    content: T
def work():
    logging.getLogger("x").warning("y")
    return [Box(Colour.RED.value).content, Point(2).x]
"""
    assert make_drivers(source).simulate("drive").value == [1, 2]
