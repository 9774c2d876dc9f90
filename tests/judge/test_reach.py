"""What reaches into the grader is refused by name and line; what exercises need is not."""

import pytest

from course.judge.reach import reach_of
from course.lessons import all_lessons

REACHING = {
    "import ctypes": "ctypes",
    "from greenlet import getcurrent": "greenlet",
    "import course.lab.record": "course.lab.record",
    "from course.lab import record": "course.lab",
    "from gc import get_objects": "gc.get_objects",
    "from sys import *": "sys.*",
    "import gc as g\ng.get_objects()": "gc.get_objects",
    "import sys\nsys._getframe(1)": "sys._getframe",
    "import threading\nthreading.sys.modules": "sys.modules",
    "import sys as s\ns.settrace(None)": "sys.settrace",
    "object.__subclasses__()": "__subclasses__",
    "(lambda: 0).__globals__": "__globals__",
    "getattr(print, '__globals__')": "__globals__",
    "try: 1 / 0\nexcept Exception as e: e.__traceback__.tb_frame.f_back": "f_back",
    "eval('1')": "eval",
    "__import__('gc')": "__import__",
    "__builtins__['open']": "__builtins__",
    "import builtins as b\nb.len = None": "builtins.len",
    "import codecs\ndel codecs.builtins.len": "builtins.len",
    "import __main__": "__main__",
    "print.__self__": "__self__",
    "object.__getattribute__(print, 'x')": "__getattribute__",
    "import threading\nthreading.Lock()._course_scheduler": "_course_scheduler",
    "run = exec": "exec",
    "exec('1')\ndef exec(): pass": "exec",
    "def exec(): pass\ndel exec\nexec('1')": "exec",
    "class A:\n    def exec(self): pass\nexec('1')": "exec",
    "from builtins import exec as compile\ncompile('1')": "builtins.exec",
    "import builtins as b\nb.exec('1')": "builtins.exec",
    "from builtins import eval as e": "builtins.eval",
    "import sys\ngetattr(sys, 'modules')": "getattr(sys, ...)",
    "import sys as s\ngetattr(s, 'mod' + 'ules')": "getattr(s, ...)",
    "import builtins\nsetattr(builtins, name, print)": "setattr(builtins, ...)",
    "import sys\nvars(sys)": "vars(sys)",
    "import sys\nsys.__dict__": "sys.__dict__",
    "from importlib import import_module\nimport_module('course.lab')": "import_module",
    "import importlib\nimportlib.import_module('cou' + 'rse')": "import_module",
    "match print:\n    case object(__globals__=found): found": "__globals__",
}
HARMLESS = (
    "import gc\ngc.collect()",
    "import inspect\ninspect.iscoroutinefunction(print)",
    "import sys\nsys.exit()",
    "class A:\n    def __enter__(self): return self.__class__.__name__",
    "modules = eval_loop = 1\nmodules.settrace",
    "'the word eval, and gc.get_objects, in a text'",
    "import sys, importlib\ngetattr(sys, 'platform', 'unknown')\nimportlib.import_module('json')",
    "def f(box, name):\n    return getattr(box, name), vars(box), box.__dict__",
    "import builtins\nbuiltins.len([])",
    "class A:\n    def compile(self): return self.compile\neval_ = A().eval",
    "from re import compile\npattern = compile('x')",
    "def compile(parts):\n    return parts\ndef work():\n    return compile([])",
    "class A:\n    def __init__(self):\n        self._courses = []",
    "def f(:",
    "x = 1\0",
)


@pytest.mark.parametrize(("source", "what"), REACHING.items())
def test_reaching_into_the_grader_is_named(source: str, what: str) -> None:
    reach = reach_of(f"x = 1\n{source}\n")
    assert reach is not None
    assert reach.what == what
    assert reach.line >= 2


@pytest.mark.parametrize("source", HARMLESS)
def test_what_an_exercise_may_use_is_not_refused(source: str) -> None:
    assert reach_of(source) is None


def test_the_first_line_that_reaches_is_named() -> None:
    source = "def f():\n    return eval('1')\nimport ctypes\n"
    assert reach_of(source) == ("eval", 2)


def test_nothing_of_the_course_reaches() -> None:
    """Neither solutions nor other right ways, nor the classic mistakes."""
    for lesson in all_lessons():
        paths = [lesson.solution, *lesson.variants("alternatives").values(), *lesson.variants("mistakes").values()]
        assert [path for path in paths if reach_of(path.read_text(encoding="utf-8"))] == []
