"""Notes on a module's text: what a name stands for counts, and not how it is spelled."""

import json
import logging
import time
from pathlib import Path
from types import ModuleType

import pytest
import rich

from course.judge.module_notes import MOST_FOUND, Found, found_in
from course.lessons import all_lessons

REACHES = {
    # the grader's own
    "import course.lab.record": "course",
    "from course.lab import record": "course",
    "from course import *": "course",
    "import scenarios": "scenarios",
    "from greenlet import getcurrent": "greenlet",
    "import importlib\nimportlib.import_module('course.lab')": "course",
    "__import__('course')": "course",
    "import pkgutil\nrecord = pkgutil.resolve_name('cour' + 'se.lab.record')": "course",
    "import pkgutil\npkgutil.resolve_name('gc:get_objects')()": "gc.get_objects",
    "import importlib\nimportlib.__import__('gc').get_objects()": "gc.get_objects",
    "import sys\nsys.modules['course.lab.worker']": "course",
    "import sys\nsys.modules.get('scenarios')": "scenarios",
    "import __main__\n__main__.channel": "__main__",
    "import sys\nsys.modules['__main__'].channel": "__main__",
    "def work(lock):\n    return lock._course_scheduler": "_course_scheduler",
    "_course_point(1)": "_course_point",
    "prefix = '_course_'\nfor name in (prefix + 'point',):\n    globals()[name] = print": "_course_point",
    "def work(lock):\n    return getattr(lock, '_course_' + 'holder')": "_course_holder",
    # all objects of the process
    "import gc\ngc.get_objects()": "gc.get_objects",
    "import gc as g\nh = g\nh.get_referrers(h)": "gc.get_referrers",
    "from gc import get_referents as f": "gc.get_referents",
    "from gc import *\nget_objects()": "gc.get_objects",
    "def work():\n    import gc\n    find = gc.get_objects\n    return find()": "gc.get_objects",
    "import gc\nclass A:\n    g = gc\n    def m(self):\n        return self.g.get_objects()": "gc.get_objects",
    "import gc\ndef work(g=gc):\n    return g.get_objects()": "gc.get_objects",
    "import gc\ng, s = gc, 1\ng.get_objects()": "gc.get_objects",
    "import gc, sys\nfor m in (sys, gc):\n    m.get_objects()": "gc.get_objects",
    "import gc\n(gc if gc else None).get_objects()": "gc.get_objects",
    "import gc\nif (g := gc):\n    g.get_objects()": "gc.get_objects",
    "try:\n    import gc\nexcept ImportError:\n    gc = None\ngc.get_objects()": "gc.get_objects",
    "import threading\nthreading._sys.modules['gc'].get_objects()": "gc.get_objects",
    "__import__('gc').get_objects()": "gc.get_objects",
    "from importlib import import_module as load\nload('g' + 'c').get_objects()": "gc.get_objects",
    "import gc\ngetattr(gc, 'get_objects')()": "gc.get_objects",
    "import gc\nvars(gc)['get_objects']()": "gc.get_objects",
    "import gc\ngc.__dict__.get('get_objects')()": "gc.get_objects",
    "import gc\nglobals()['gc'].get_objects()": "gc.get_objects",
    "import gc, operator\nget = operator.attrgetter\nget('get_' + 'objects')(gc)()": "gc.get_objects",
    "def work():\n    global g\n    import gc as g\ndef more():\n    return g.get_objects()": "gc.get_objects",
    "def work():\n  g = None\n  def inner():\n    nonlocal g\n    import gc as g\n  g.get_objects()": "gc.get_objects",
    "import gc\n[m.get_objects() for m in [gc]]": "gc.get_objects",
    "object.__subclasses__()": "object.__subclasses__",
    "import gc\nlook, put = [getattr][0], {1: setattr}[1]\nlook(gc, 'get_objects')": "gc.get_objects",
    # callers' variables, and what others' functions keep
    "import sys\nsys._getframe(1).f_globals": "f_globals",
    "import inspect\ninspect.currentframe().f_back.f_locals": "f_locals",
    "import inspect\nfor info in inspect.stack():\n    info.frame.f_locals": "f_locals",
    "from inspect import stack as k\nk()[1][0].f_locals['secret']": "f_locals",
    "import sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_builtins\n    frame = frame.f_back": "f_builtins",
    "def work(tb):\n    return getattr(tb.tb_frame, 'f_locals')": "f_locals",
    "import operator\ndef work(fetch):\n    return operator.attrgetter('__globals__')(fetch)": "__globals__",
    "def work(fetch):\n    return fetch.__closure__[0].cell_contents": "__closure__",
    "def work(fetch):\n    return object.__getattribute__(fetch, '__globals__')": "__globals__",
    "match print:\n    case object(__globals__=found): found": "__globals__",
    "class A:\n    @staticmethod\n    def m(fetch):\n        return fetch.__globals__": "__globals__",
    # memory
    "import ctypes\nctypes.c_char.from_address(1)": "from_address",
    "from ctypes import Structure\nclass A(Structure): ...\nA.from_address(1)": "from_address",
    "import queue\ntry: 1\nexcept KeyError:\n    queue.Queue.get = print": "queue.Queue.get = ...",
    "from ctypes import string_at\nstring_at(1)": "ctypes.string_at",
    "import _ctypes\n_ctypes.PyObj_FromPtr(1)": "_ctypes.PyObj_FromPtr",
    # what the grader works with as well
    "import time\ntime.sleep = print": "time.sleep = ...",
    "import time as t\nt.sleep = print": "time.sleep = ...",
    "import threading\nthreading.Thread.run = print": "threading.Thread.run = ...",
    "import builtins\nbuiltins.len = None": "builtins.len = ...",
    "import codecs\ndel codecs.builtins.len": "builtins.len = ...",
    "__builtins__['len'] = print": "builtins.len = ...",
    "import builtins\nvars(builtins)['len'] = print": "builtins.len = ...",
    "import queue\nsetattr(queue.Queue, 'get', print)": "queue.Queue.get = ...",
    "import sys\nsys.modules['threading'] = object()": "sys.modules['threading'] = ...",
    "import sys\ndel sys.modules['time']": "sys.modules['time'] = ...",
    "import sys\nsys.modules.pop('asyncio')": "sys.modules['asyncio'] = ...",
    "def work(fetch):\n    fetch.__code__ = (lambda: 1).__code__": "__code__",
    "import sys\nsys.meta_path.clear()": "sys.meta_path",
    "import sys\nsys.addaudithook(print)": "sys.addaudithook",
    # hidden names
    "import sys\ndef work(name):\n    return getattr(sys, name)": "getattr(sys, ...)",
    "import sys as s\ngetattr(s, chr(95) + 'getframe')": "getattr(sys, ...)",
    "import builtins\ndef work(name):\n    setattr(builtins, name, print)": "setattr(builtins, ...)",
    "import sys\nvars(sys)": "vars(sys)",
    "import sys\nnames = sys.__dict__": "sys.__dict__",
    "import importlib\ndef work(name):\n    return importlib.import_module(name)": "import_module",
    "def work(name):\n    return __import__(name)": "__import__",
}
UNUSUAL = {
    "from inspect import stack as k\nk()": "inspect.stack",
    "import inspect\ninspect.currentframe().f_lineno": "inspect.currentframe",
    "import inspect\ninspect.currentframe().f_locals": "f_locals",
    "import inspect\nf = inspect.currentframe().f_back\nf.f_globals['__name__']": "f_globals",
    "import sys as s\ns._getframe(1).f_code.co_name": "sys._getframe",
    "import sys\nf = sys._getframe\nf()": "sys._getframe",
    "import threading\nthreading._sys._current_frames()": "sys._current_frames",
    "import sys\nsys.settrace(None)": "sys.settrace",
    "import threading\nthreading.setprofile(None)": "threading.setprofile",
    "import sys\nsys.monitoring.get_tool(1)": "sys.monitoring",
    "import sys\nsys.setswitchinterval(1)": "sys.setswitchinterval",
    "import gc\ngc.disable()": "gc.disable",
    "import faulthandler": "faulthandler",
    "import faulthandler as f\nf.enable()": "faulthandler",
    "import pdb\npdb.set_trace()": "pdb",
    "import code\ncode.interact()": "code",
    "breakpoint()": "breakpoint",
    "run = exec": "exec",
    "eval('1')": "eval",
    "compile('1', '', 'eval')": "compile",
    "import builtins as b\nb.exec('1')": "exec",
    "from builtins import exec as compile\ncompile('1')": "exec",
    "__builtins__['exec']('1')": "exec",
    "exec('1')\ndef exec(): pass": "exec",
    "def exec(): pass\ndel exec\nexec('1')": "exec",
    "class A:\n    def exec(self): pass\n    def run(self):\n        exec('1')": "exec",
    "import ctypes": "ctypes",
    "def inside(thing, *parts):\n    return getattr(thing, ''.join(parts))": "getattr(...)",
    "def inside(thing, name):\n    return getattr(thing, name[::-1])": "getattr(...)",
    "def inside(thing, name):\n    setattr(thing, f'_{name}', 1), getattr(thing, '__' + name)": "getattr(...)",
    "from ctypes import c_int\nimport multiprocessing\nmultiprocessing.Value(c_int, 0)": "ctypes",
    "def work(generator):\n    return generator.gi_frame": "gi_frame",
    "try: 1 / 0\nexcept ValueError as e: e.__traceback__.tb_frame.f_back": "f_back",
    "import builtins\ndef work(name):\n    return getattr(builtins, name)": "getattr(builtins, ...)",
    "import sys\ndef work(name):\n    return sys.modules[name]": "sys.modules",
    "import asyncio\nif not hasattr(asyncio, 'timeout'):\n    asyncio.timeout = None": "asyncio.timeout = ...",
    "import queue, sys\nif sys.version_info < (3, 13):\n    queue.Queue.join = None": "queue.Queue.join = ...",
    "import queue\ntry:\n    queue.ShutDown\nexcept AttributeError:\n    queue.Empty = None": "queue.Empty = ...",
    "def work():\n    return 1\nwork.__code__ = (lambda: 2).__code__": "__code__",
}
NOTHING = (
    # names of the module's own
    "def compile(parts):\n    return parts\ndef work():\n    return compile([])",
    "def work(compile, exec, gc):\n    return compile(exec), gc.get_objects()",
    "def work():\n    gc = object()\n    return gc.get_objects()",
    "import gc\ndef work(gc):\n    return gc.get_objects()",
    "import gc\ndef work():\n    gc = {}\n    return gc.get_objects()",
    "import gc\nclass gc:\n    pass\ndef work(gc=None):\n    return [gc.get_objects() for gc in [1]]",
    "class A:\n    def compile(self):\n        return self.compile\neval_ = A().eval",
    "class A:\n    exec = 1\n    more = exec",
    "from re import compile\npattern = compile('x')",
    "from re import *\npattern = compile('x')",
    "from mine import gc, sys\ngc.get_objects(), sys._getframe()",
    "from . import gc\ngc.get_objects()",
    "code = 'abc'\ncode.encode()\ndef stack(): return [code]\nstack()",
    "with open('x') as gc:\n    gc.get_objects()",
    "try: 1\nexcept ValueError as gc: gc.get_objects()",
    "match 1:\n    case {'a': gc, **sys}: gc.get_objects(), sys._getframe()",
    "match 1:\n    case [gc, *sys] as code: gc.get_objects(), sys._getframe()",
    "work = lambda gc, sys=None: (gc.get_objects(), sys._getframe())",
    "modules = eval_loop = 1\nmodules.settrace",
    # attributes of the module's own
    "class Node:\n    def __init__(self):\n        self.f_back = None\ndef up(self, other):\n    other.f_back",
    "class Node:\n    f_back: 'Node'\ndef walk(node):\n    return node.f_back",
    "class Node:\n    __slots__ = ('f_locals', 'f_back')\ndef walk(node):\n    return node.f_back, node.f_locals",
    "@dataclasses.dataclass\nclass A:\n    cell_contents: int = 0\ndef f(a):\n    return a.cell_contents",
    "class A:\n    def m(self):\n        return self.__closure__, self.f_back, self._course_name",
    "_course_names = []\n_course_names.append(1)",
    "class A:\n    def __init__(self):\n        self._course_list = []\ndef f(a):\n    return a._course_list",
    "def counter():\n    return lambda: n\nf = counter()\nprint(f.__closure__[0].cell_contents, f.__globals__)",
    "def f(): ...\n[cell.cell_contents for cell in f.__closure__ or ()]",
    "class Base: ...\nBase.__subclasses__()",
    "def all_below(cls):\n    return cls.__subclasses__()",
    "Exception.__subclasses__()",
    "def send(mail):\n    return mail.from_address",
    # words
    "'f_back'",
    "'the word eval, and gc.get_objects, in a text'",
    "print('__globals__', 'course', '_course_')",
    # everyday uses of the same modules
    "import gc\ngc.collect(), gc.isenabled(), gc.enable()",
    "import inspect\ninspect.iscoroutinefunction(print), inspect.signature(print), inspect.getsource(print)",
    "import sys\nsys.exit(), sys.argv, sys.version_info, sys.getsizeof(1), sys.setrecursionlimit(9)",
    "import sys\nsys.modules[__name__], sys.modules.get('json'), 'x' in sys.modules",
    "import sys\ndef module_of(thing):\n    return sys.modules[thing.__module__]",
    "import sys, importlib\ngetattr(sys, 'platform', 'unknown'), importlib.import_module('json')",
    "import importlib\nfor name in ('orjson', 'json'):\n    importlib.import_module(name)",
    "def f(box, name):\n    return getattr(box, name), vars(box), box.__dict__, setattr(box, name, 1)",
    "import math, threading\ndef f(name):\n    return getattr(math, name), getattr(threading, name)",
    "import builtins\nbuiltins.len([]), getattr(builtins, 'ValueError')",
    "def f(self, name):\n    getattr(self, 'do_' + name)(), getattr(self, f'visit_{name}')()",
    "import logging\ndef f(level):\n    return getattr(logging, level.upper())",
    "def f(function):\n    return function.__code__.co_name, function.__name__, function.__wrapped__",
    "def f(method):\n    return method.__self__, method.__func__",
    "import sys, io\nsys.stdout = sys.stderr = io.StringIO()\nsys.excepthook = print",
    "import threading, warnings\nthreading.excepthook = print\nwarnings.showwarning = print",
    "import logging\nlogging.raiseExceptions = False",
    "import time\ntime.mine = 1",
    "import unittest.mock, queue\nq = queue.Queue()\nq.get = unittest.mock.Mock()",
    "import threading\nthreading.current_thread().name = 'x'\nthreading.Thread.daemon",
    "import multiprocessing\nif __name__ == '__main__':\n    multiprocessing.freeze_support()",
    "import __main__\nprint(hasattr(__main__, '__file__'), getattr(__main__, '__file__', None), __main__.__name__)",
    "import typing, types\nisinstance(print, types.FunctionType), typing.get_type_hints(print), types.FrameType",
    "import traceback, linecache\ntraceback.print_exc(), traceback.extract_stack(), traceback.format_exc()",
    "class A:\n    def to(self):\n        self.__class__ = B\n        return self.__class__.__name__",
    "import dataclasses\ndef f(self):\n    object.__setattr__(self, 'name', 1), object.__getattribute__(self, 'name')",
    # no Python
    "def f(:",
    "x = 1\0",
    "",
)


def told(found: list[Found], kind: str) -> list[str]:
    """What was found of a kind."""
    return [each.what for each in found if each.why.kind == kind]


@pytest.mark.parametrize(("source", "what"), REACHES.items())
def test_what_only_helps_to_get_at_the_grader_is_found(source: str, what: str) -> None:
    assert what in told(found_in(source), "reaches")


@pytest.mark.parametrize(("source", "what"), UNUSUAL.items())
def test_what_is_unusual_is_found_and_reaches_nowhere(source: str, what: str) -> None:
    found = found_in(source)
    assert what in told(found, "unusual")
    assert told(found, "reaches") == []


@pytest.mark.parametrize("source", NOTHING)
def test_what_only_looks_like_it_is_not_found(source: str) -> None:
    assert found_in(source) == []


def test_each_thing_is_found_once_at_its_first_line_and_the_worst_comes_first() -> None:
    source = "import sys\n\nsys._getframe()\nimport gc\ngc.get_objects()\nsys._getframe(), gc.get_objects()\n"
    assert [(each.what, each.line) for each in found_in(source)] == [("gc.get_objects", 5), ("sys._getframe", 3)]


def test_so_many_things_are_found_and_no_more() -> None:
    source = "".join(f"def f{n}(fetch): fetch._course_{n}\n" for n in range(MOST_FOUND + 5))
    assert len(found_in(source)) == MOST_FOUND


def test_nothing_of_the_course_is_noted() -> None:
    """Neither solutions nor other right ways, nor the classic mistakes."""
    for lesson in all_lessons():
        paths = [lesson.solution, *lesson.variants("alternatives").values(), *lesson.variants("mistakes").values()]
        assert [path for path in paths if found_in(path.read_text(encoding="utf-8"))] == []


# What large libraries do that no exercise does: show callers' variables, load what a setting names.
OF_LARGE_LIBRARIES = {"f_locals", "import_module", "__import__"}


@pytest.mark.parametrize("package", [json, logging, rich])
def test_nothing_else_of_what_everybody_uses_reaches(package: ModuleType) -> None:
    """Many thousand lines of honest code, which use what they like of Python."""
    assert package.__file__ is not None
    files = Path(package.__file__).parent.rglob("*.py")
    found = {path.name: set(told(found_in(path.read_text(encoding="utf-8")), "reaches")) for path in files}
    assert {name: what for name, what in found.items() if what - OF_LARGE_LIBRARIES} == {}


HARD = {
    "a long chain": "x = 1\n" + "x" + ".a" * 2_000,
    "a long sum": "x = " + " + ".join(["'a'"] * 3_000),
    "names in a ring": "".join(f"a{n} = a{n + 1} or b{n}\nb{n} = b{n + 1} or a{n}\n" for n in range(2_000)),
    "one name for everything": "".join(f"x = x.a{n}\n" for n in range(5_000)),
    "one attribute for everything": "".join(f"x{n}.a = x{n + 1}.a\n" for n in range(5_000)),
    "calls in calls": "getattr(" * 90 + "x" + ", 'a')" * 90,
    "texts that double": "a0 = 'x' * 1\n" + "".join(f"a{n + 1} = a{n} + a{n}\n" for n in range(3_000)),
    "many alternatives": "".join(f"x = 't{n}'\n" for n in range(3_000)) + "y = x + x + x + x\ngetattr(y, x)\n" * 300,
    "many functions": "".join(f"def f{n}(a=f{n + 1}): return a(f{n})\n" for n in range(3_000)),
}


@pytest.mark.parametrize("name", HARD)
def test_no_text_takes_long_to_read(name: str) -> None:
    """Processor time, of which a usual module takes a few milliseconds."""
    began = time.process_time()
    found_in(HARD[name])
    assert time.process_time() - began < 5
