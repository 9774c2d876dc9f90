"""What the interpreter tells of a program is noted, and nothing that the library does for ends of its own."""

import typing
from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from course.judge.records import MOST_NOTES, Used
from course.lab import audit_notes
from tests.judge.conftest import bench, make_drivers, make_lesson

__all__ = ["bench", "make_drivers", "make_lesson"]  # the fixtures of the judge's tests

Noted = Callable[..., list[tuple[str, int]]]

# What `work` does at line 3, and the event that is told of it; names are put together, so that no text shows them.
USED = {
    "get('_getf' + 'rame')(sys)()": "sys._getframe",
    "get('current' + 'frame')(inspect)()": "inspect.currentframe",
    "get('sta' + 'ck')(inspect)()": "inspect.stack",
    "get('_current_' + 'frames')(sys)()": "sys._current_frames",
    "get('_current_' + 'exceptions')(sys)()": "sys._current_exceptions",
    "get('settr' + 'ace')(sys)(None)": "sys.settrace",
    "get('setpro' + 'file')(sys)(None)": "sys.setprofile",
    "get('addaudit' + 'hook')(sys)(print)": "sys.addaudithook",
    "get('get_' + 'objects')(gc)()": "gc.get_objects",
    "get('get_' + 'referrers')(gc)(gc)": "gc.get_referrers",
    "get('get_' + 'referents')(gc)(gc)": "gc.get_referents",
    "list(map(get('get_' + 'referents')(gc), [1]))": "gc.get_referents",
    "get('gi_' + 'frame')(x for x in [1])": "gi_frame",
    "types.FunctionType((lambda: 1).__code__, {})": "function.__new__",
    "setattr(work, '__co' + 'de__', work.__code__)": "__code__",
    "ctypes.string_at(b'x')": "ctypes.string_at",
    "ctypes.c_char.from_address(ctypes.addressof(ctypes.c_char()))": "ctypes.cdata",
}
# The same where code may be made at run time; that is refused in virtual time.
MAKES_CODE = {
    "exec('x = 1')": "exec",
    "compile('1', 'x', 'eval')": "compile",
    "eval('get_objects()', vars(gc))": "gc.get_objects",
    "(lambda: 1).__code__.replace(co_name='x')": "code.__new__",
    "marshal.loads(marshal.dumps((lambda: 1).__code__))": "marshal.loads",
}
LIBRARY = """
import collections, contextlib, dataclasses, doctest, enum, functools, inspect, io, logging, typing, warnings
import asyncio, concurrent.futures, copy, multiprocessing, pickle, queue, random, re, string, textwrap, threading
import abc, json, operator, pathlib, tempfile, time, traceback, types, unittest, weakref

T = typing.TypeVar("T")
Point = collections.namedtuple("Point", "x y")

@dataclasses.dataclass(order=True, slots=True)
class Box(typing.Generic[T]):
    content: T

@dataclasses.dataclass(frozen=True)
class Fixed:
    items: list = dataclasses.field(default_factory=list)
    def __post_init__(self):
        object.__setattr__(self, "items", [1])

class Colour(enum.Enum):
    RED = 1

class Named(typing.NamedTuple):
    a: int

class Closes(typing.Protocol):
    def close(self) -> None: ...

@functools.wraps(len)
@functools.lru_cache
def cached(n: int = 1) -> int:
    return n

@functools.singledispatch
def show(value):
    return "?"

@show.register
def _(value: int):
    return "int"

@contextlib.contextmanager
def opened():
    yield 1

def work():
    made = [collections.namedtuple("More", "a b"), enum.Enum("Other", "A B"), dataclasses.make_dataclass("Data", ["x"])]
    made += [typing.NamedTuple("Again", [("x", int)]), typing.NewType("New", int), types.new_class("Class")]
    inspect.signature(cached), inspect.getdoc(cached), typing.get_type_hints(Named), show(1), copy.deepcopy(Fixed())
    log = logging.getLogger("own")
    log.addHandler(logging.StreamHandler(io.StringIO()))
    log.warning("low %s", 1, stack_info=True)
    warnings.warn("careful", stacklevel=2)
    try:
        1 / 0
    except ZeroDivisionError as error:
        log.exception("failed")
        traceback.print_exc(file=io.StringIO())
        traceback.format_exception(error), traceback.extract_stack(), error.__traceback__.tb_lineno
    unittest.TestCase().assertEqual(1, 1)
    doctest.run_docstring_examples(cached, {})
    with opened(), contextlib.suppress(KeyError):
        {}["x"]
    thread = threading.Thread(target=cached)
    thread.start()
    thread.join()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(cached, [1, 2]))
    asyncio.run(asyncio.sleep(0))
    pickle.loads(pickle.dumps(Fixed)), json.dumps(Fixed().items), re.compile("x"), weakref.WeakMethod(thread.join)
    return [Point(1, 2).y, Box(Colour.RED.value).content, Named(3).a, Fixed().items, opened.__code__.co_name]
"""


@pytest.fixture
def noted(make_drivers: Callable[..., Drivers]) -> Noted:
    """The notes on a run of a program, as event and line."""

    def run(source: str, mode: str) -> list[tuple[str, int]]:
        drivers = make_drivers(source, mode=mode)
        run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
        assert run.record.error is None, run.record.error
        return [(each.event, each.line) for each in drivers.notes if isinstance(each, Used)]

    return run


def doing(statement: str) -> str:
    """A program whose third line does it."""
    imports = "import ctypes, gc, inspect, marshal, operator, sys, types; get = operator.attrgetter"
    return f"{imports}\ndef work():\n    {statement}\n"


@pytest.mark.parametrize("mode", ["simulated", "real"])
@pytest.mark.parametrize(("statement", "event"), USED.items())
def test_what_a_program_uses_is_noted_with_its_line(noted: Noted, statement: str, event: str, mode: str) -> None:
    assert noted(doing(statement), mode)[:1] == [(event, 3)]


@pytest.mark.parametrize(("statement", "event"), MAKES_CODE.items())
def test_code_that_a_program_makes_is_noted_and_so_is_what_that_does(noted: Noted, statement: str, event: str) -> None:
    assert (event, 3) in noted(doing(statement), "real")


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_what_the_library_does_for_ends_of_its_own_is_not_noted(noted: Noted, mode: str) -> None:
    assert noted(LIBRARY, mode) == []


def test_what_happens_on_other_threads_is_noted(noted: Noted) -> None:
    source = "import gc, threading\ndef look():\n    return gc.get_objects()\ndef work():\n"
    source += "    thread = threading.Thread(target=look)\n    thread.start()\n    thread.join()\n"
    assert noted(source, "simulated") == noted(source, "real") == [("gc.get_objects", 3)]


def test_only_so_many_notes_are_made(noted: Noted) -> None:
    source = "import sys\ndef work():\n" + "    sys._getframe()\n" * (MOST_NOTES + 5)
    assert noted(source, "real") == [("sys._getframe", line) for line in range(3, MOST_NOTES + 3)]


def test_events_that_a_program_makes_up_do_no_harm(noted: Noted) -> None:
    source = """
import sys
class Name(str):
    def __hash__(self):
        return hash("__code__")
    def __eq__(self, other):
        raise ValueError
def work():
    sys.audit("object.__setattr__")
    sys.audit("object.__setattr__", 1, Name("__code__"))
    sys.audit("object.__getattr__", 1, [])
    sys.audit("gc.get_objects", *range(9))
"""
    assert noted(source, "real") == [("gc.get_objects", 12)]


def test_the_judge_knows_all_that_is_told() -> None:
    """A worker's record that says anything else is refused."""
    names = {event for event, attributes in audit_notes.EVENTS.items() if not attributes}
    names |= {name for attributes in audit_notes.EVENTS.values() for name in attributes}
    names |= set(audit_notes.FOR_THEIR_CALLERS.values())
    assert names == set(typing.get_args(typing.get_type_hints(Used)["event"]))
    assert audit_notes.MOST_NOTES == MOST_NOTES


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
