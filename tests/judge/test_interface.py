"""Does a module offer what the lesson asks for? If not, one sentence says what is missing."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from course.judge.interface import expected_interface, problem_with
from course.lessons import Lesson

SOLUTION = """
import threading

LIMIT = 3


def grab(first, second, /, *, wait): ...


async def fetch(name): ...


def _private(): ...


class Box:
    def __init__(self, size): ...

    def put(self, item): ...

    async def get(self): ...

    def _hidden(self): ...


class _Part: ...
"""
FUNCTIONS = "def grab(first, second, wait): ...\nasync def fetch(name): ...\n"
ONLY_THIS_FILE = (
    "only toy.py is read, and besides it there is only what comes with Python. Put all your code into toy.py."
)
BOX = "class Box:\n    def put(self, item): ...\n    async def get(self): ...\n"


@pytest.fixture
def problem(
    bench: object, make_drivers: Callable[..., Drivers], make_lesson: Callable[..., Lesson]
) -> Callable[[str], str]:
    """The problem with a source text."""
    lesson = make_lesson(solution=SOLUTION)
    return lambda source: problem_with(make_drivers(source, solution=SOLUTION), lesson, source)


def test_the_solution_says_what_is_public(make_lesson: Callable[..., Lesson]) -> None:
    """Functions and classes with their methods; constants, imports and what begins with `_` are the author's own."""
    assert expected_interface(make_lesson(solution=SOLUTION)) == {
        "grab": ["first", "second", "wait"],
        "fetch": ["name"],
        "Box": {"put": ["self", "item"], "get": ["self"]},
    }


@pytest.mark.parametrize(
    "source",
    [
        SOLUTION,
        FUNCTIONS + BOX,
        "def grab(first, second, wait, more=1, *, most=2): ...\nasync def fetch(name): ...\n" + BOX,
        "def grab(first=1, second=2, wait=3): ...\nasync def fetch(name=''): ...\n" + BOX,
        "grab = lambda first, second, wait: 1\nfetch = lambda name: 1\n" + BOX,
        "def wraps(function):\n    return lambda *args, **kwargs: function(*args, **kwargs)\n"
        "@wraps\ndef grab(a): ...\n@wraps\ndef fetch(): ...\n" + BOX,
        "import functools\n@functools.cache\ndef grab(first, second, wait): ...\n"
        "fetch = functools.partial(print)\n" + BOX,
        FUNCTIONS + "class Shelf:\n    def put(self, item): ...\n    async def get(self): ...\nclass Box(Shelf): ...\n",
        FUNCTIONS + "class Shelf:\n    def put(self, item): ...\n    async def get(self): ...\nBox = Shelf\n",
        FUNCTIONS + "class Box:\n    def put(self, item): ...\n    @property\n    def get(self): ...\n",
        FUNCTIONS + BOX + "    def extra(self, what): ...\nextra = 3\n",
        FUNCTIONS + BOX + "del_ = print('hello')\n",
    ],
    ids=[
        "the solution",
        "minimal",
        "extra with default",
        "all with defaults",
        "by assignment",
        "decorated",
        "functools",
        "inherited",
        "another name",
        "property",
        "more names",
        "prints",
    ],
)
def test_a_module_with_everything_has_no_problem(problem: Callable[[str], str], source: str) -> None:
    """However it was made: only what can be told from outside for sure is a problem."""
    assert problem(source) is None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "toy.py is empty."),
        ("import os\n" + BOX, "toy.py has no function `grab`."),
        (f"grab = None\nasync def fetch(name): ...\n{BOX}", "toy.py has no function `grab`."),
        (f"class grab: ...\nasync def fetch(name): ...\n{BOX}", "toy.py has no function `grab`."),
        (FUNCTIONS, "toy.py has no class `Box`."),
        (f"{FUNCTIONS}def Box(): ...\n", "toy.py has no class `Box`."),
        (f"{FUNCTIONS}class Box:\n    def get(self): ...\n", "toy.py: class `Box` has no method `put`."),
        (
            f"def grab(first, wait): ...\nasync def fetch(name): ...\n{BOX}",
            "`grab` must take (first, second, wait); yours takes (first, wait).",
        ),
        (
            f"def grab(second, first, wait): ...\nasync def fetch(name): ...\n{BOX}",
            "`grab` must take (first, second, wait); yours takes (second, first, wait).",
        ),
        (
            f"def grab(first, second, wait, more): ...\nasync def fetch(name): ...\n{BOX}",
            "`grab` must take (first, second, wait); yours takes (first, second, wait, more).",
        ),
        (
            f"{FUNCTIONS}class Box:\n    def put(self): ...\n    def get(self): ...\n",
            "`Box.put` must take (self, item); yours takes (self).",
        ),
        ("def grab(:\n", "toy.py, line 1, is not valid Python: invalid syntax."),
        ("x = 1\n  y = 2\n", "toy.py, line 2, is not valid Python: unexpected indent."),
        (
            "import os\n\nimport nowhere_at_all\n",
            f"toy.py, line 3, imports `nowhere_at_all`, which is not there: {ONLY_THIS_FILE}",
        ),
        ("from .helpers import ask\n", f"toy.py, line 1, imports a file beside it: {ONLY_THIS_FILE}"),
        ("raise SyntaxError('at import')\n", "toy.py cannot be imported, line 1: SyntaxError: at import"),
        ("raise ValueError('at import')\n", "toy.py cannot be imported, line 1: ValueError: at import"),
        ("import sys\nsys.exit(3)\n", "toy.py cannot be imported, line 2: SystemExit: 3"),
        (
            "import os\nos._exit(0)\n",
            "toy.py cannot be imported: your code ended the process (exit status 0) before it gave its result.",
        ),
        ("while True:\n    pass\n", "toy.py cannot be imported: it goes on for ever: main runs at line 1."),
        ("(" * 500 + ")" * 500 + "\n", "toy.py, line 1, is not valid Python: too many nested parentheses."),
    ],
)
def test_each_problem_is_a_sentence(problem: Callable[[str], str], source: str, sentence: str) -> None:
    """Short enough to be read, with the line where there is one."""
    assert problem(source) == sentence


def test_a_module_that_waits_for_ever_at_import_is_told_who_waits(problem: Callable[[str], str]) -> None:
    got = problem("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n")
    assert got.startswith("toy.py cannot be imported: a deadlock: main waits ")
    assert got.endswith("at line 4.")


@pytest.mark.parametrize("lie", ["getattr = lambda *_: print", "isinstance = lambda *_: False", "str = lambda _: 7"])
def test_a_module_that_changes_python_itself_breaks_nothing_but_its_own_grading(
    problem: Callable[[str], str], lie: str
) -> None:
    """What the worker then tells of it may be of any kind."""
    got = problem(f"import builtins\n{FUNCTIONS}{BOX}\nbuiltins.{lie}\n")
    assert got.startswith("toy.py")
