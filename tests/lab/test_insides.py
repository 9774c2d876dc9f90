"""What functions of the lab and of scenarios enclose is nobody else's, by whatever name; all the rest is as usual."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from tests.judge.conftest import bench, make_drivers, make_lesson

__all__ = ["bench", "make_drivers", "make_lesson"]  # the fixtures of the judge's tests

LENDS = """
def drive(student, lab, **arguments):
    secret = 7
    def fetch(symbol: str, *, times: int = 1) -> int:
        "Brings a number."
        return secret * times
    return student.work(fetch, **arguments)
"""
ENCLOSED = ["__closure__", "__globals__"]


@pytest.mark.parametrize("mode", ["simulated", "real"])
@pytest.mark.parametrize("name", ENCLOSED)
def test_a_lent_function_has_none_of_it(make_drivers: Callable[..., Drivers], name: str, mode: str) -> None:
    """Neither for the program, nor for parts of the library that would tell the program."""
    source = f"""
import inspect, operator, types
name = "{name[:5]}" + "{name[5:]}"
def work(fetch):
    told = [getattr(fetch, name, None), hasattr(fetch, name), name in dict(inspect.getmembers(fetch))]
    shows = ("{{0." + name + "}}").format
    for read in (operator.attrgetter(name), shows, vars(types.FunctionType)[name].__get__):
        try:
            told.append(read(fetch))
        except AttributeError as error:
            told.append("can reach into the grader" in str(error))
    return told
"""
    drivers = make_drivers(source, scenarios=LENDS, mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    assert run.value == [None, False, False, True, True, True]


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_it_can_be_looked_at_and_wrapped_like_any_other(make_drivers: Callable[..., Drivers], mode: str) -> None:
    source = """
import functools, inspect, typing
def work(fetch):
    @functools.wraps(fetch)
    def wrapper(*args):
        return fetch(*args, times=2)
    hints = sorted(typing.get_type_hints(fetch))
    docs = [fetch.__doc__, inspect.getdoc(wrapper)]
    return [str(inspect.signature(fetch)), hints, wrapper("a"), wrapper.__name__, *docs]
"""
    drivers = make_drivers(source, scenarios=LENDS, mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    doc = "Brings a number."
    hints = ["return", "symbol", "times"]
    assert run.value == ["(symbol: str, *, times: int = 1) -> int", hints, 14, "fetch", doc, doc]


def test_a_programs_own_functions_have_theirs(make_drivers: Callable[..., Drivers]) -> None:
    source = """
import operator
def work(fetch):
    number = 3
    def own():
        return number
    cell, = operator.attrgetter("__clo" + "sure__")(own)
    return [operator.attrgetter("cell_" + "contents")(cell), operator.attrgetter("__glo" + "bals__")(own) is globals()]
"""
    assert make_drivers(source, scenarios=LENDS).simulate("drive").value == [3, True]


def test_nobody_gives_a_lent_function_other_code_or_defaults(make_drivers: Callable[..., Drivers]) -> None:
    source = """
def work(fetch):
    told = []
    code = "__co" + "de__"
    for name, value in ((code, getattr(lambda: 0, code)), ("__kw" + "defaults__", {"times": 9})):
        try:
            setattr(fetch, name, value)
        except PermissionError:
            told.append(name)
    return [told, fetch("a")]
"""
    value = make_drivers(source, scenarios=LENDS).simulate("drive").value
    assert value == [["__code__", "__kwdefaults__"], 7]


def test_what_a_world_keeps_in_its_queues_is_there_for_the_lab_only(make_drivers: Callable[..., Drivers]) -> None:
    """And cannot be had by calling the attribute by hand."""
    source = """
import queue
def work(fetch):
    jobs, name = queue.SimpleQueue(), "_course_" + "scheduler"
    holder = next(vars(kind)[name] for kind in type(jobs).__mro__ if name in vars(kind))
    told = [hasattr(jobs, name)]
    for read in (lambda: holder.__get__(jobs, type(jobs)), lambda: getattr(holder, "_re" + "ad")()):
        try:
            told.append(str(read()))
        except AttributeError:
            told.append("nothing")
    jobs.put(told)
    return jobs.get()
"""
    assert make_drivers(source, scenarios=LENDS).simulate("drive").value == [False, "nothing", "nothing"]


def test_a_greenlet_leads_to_no_other_and_to_no_stack(make_drivers: Callable[..., Drivers]) -> None:
    """Its class is not to be found, and knows nothing but how to make one: so does whoever gets one from the lab."""
    source = """
import threading
def work(fetch):
    kinds = getattr(object, "__sub" + "classes__")()
    found = [kind.__name__ for kind in kinds if kind.__name__ == "greenlet"]
    with lock:
        greenlet = getattr(getattr(getattr(lock, "_course_" + "holder"), "carrier"), "_greenlet")
    return found, [name for name in dir(greenlet) if name not in dir(object)]
lock = threading.Lock()
"""
    found, names = make_drivers(source, scenarios=LENDS).simulate("drive").value
    assert found == []
    assert set(names) <= {"__bool__", "__dict__", "__getstate__", "run"}
