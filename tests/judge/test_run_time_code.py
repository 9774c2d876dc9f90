"""Code made at run time is judged as the module's own code is, by whatever way it comes to life, or refused by name."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from course.judge.run import CheckFailed

# Two threads add to a shared number, each by a step that another thread can break into; `work` returns the sum.
COUNTER = """
import asyncio, code, functools, threading, timeit, types
from concurrent.futures import ThreadPoolExecutor

class Box:
    total = 0

box = Box()
STEP = "box.total = box.total + 1"
CALL = "(lambda total: setattr(box, 'total', total + 1))(box.total)"

{step}

def work():
    threads = [threading.Thread(target=step) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return box.total
"""
RACES = {
    "exec": "def step(): exec(STEP)",
    "exec of a function": "exec('def step(): ' + STEP)",
    "exec with names of its own": "def step(): exec(STEP, {'box': box})",
    "exec without builtins": "def step(): exec(STEP, {'__builtins__': {}, 'box': box})",
    "eval": "def step(): eval(CALL)",
    "eval of a lambda": "step = eval('lambda: ' + CALL)",
    "eval of code": "def step(): eval(compile(STEP, 'toy.py', 'exec'))",
    "compile": "CODE = compile(STEP, 'toy.py', 'exec')\ndef step(): exec(CODE)",
    "compile of a tree": "import ast\nCODE = compile(ast.parse(STEP), 'toy.py', 'exec')\ndef step(): exec(CODE)",
    "compile of a statement": "CODE = compile(STEP, 'toy.py', 'single')\ndef step(): exec(CODE)",
    "a function of such code": "CODE = compile(STEP, 't.py', 'exec')\nstep = types.FunctionType(CODE, {'box': box})",
    "exec as a target": "step = functools.partial(exec, STEP, {'box': box})",
    "a global of its own": "total = 0\ndef step(): exec('total += 1; box.total = total', globals())",
    "timeit": "def step(): timeit.timeit(STEP, number=1, globals={'box': box})",
    "the module code": "def step(): code.InteractiveInterpreter({'box': box}).runsource(STEP)",
}
REFUSED = {
    "from bytes": "import marshal\ndef step(): exec(marshal.loads(marshal.dumps(step.__code__)))",
    "from other code": "def add(): box.total = box.total + 1\ndef step(): add.__code__.replace(co_name='x')",
    "and caught": """
def step():
    try:
        step.__code__.replace(co_name='x')
    except BaseException:
        pass
""",
    "in a file": """
import sys, tempfile
folder = tempfile.mkdtemp()
open(folder + "/adding.py", "w").write("def add(box): " + STEP)
sys.path.insert(0, folder)
def step():
    import adding
    adding.add(box)
""",
}
LIBRARY = """
import ast, collections, dataclasses, enum, fractions, typing

@dataclasses.dataclass(order=True)
class Point:
    x: int

Pair = collections.namedtuple("Pair", "a b")

class Colour(enum.Enum):
    RED = 1

class Named(typing.NamedTuple):
    a: int

def work():
    import colorsys, difflib, textwrap
    return [Point(1) < Point(2), Pair(1, 2).b, Named(3).a, ast.literal_eval("[4]"), typing.get_type_hints(Point) != {}]
"""


@pytest.mark.parametrize("way", RACES)
def test_a_lost_update_in_it_is_found(make_drivers: Callable[..., Drivers], way: str) -> None:
    runs = make_drivers(COUNTER.format(step=RACES[way])).explore("drive", schedules=60)
    assert {run.value for run in runs} == {1, 2}


@pytest.mark.parametrize("way", REFUSED)
def test_code_from_elsewhere_is_refused_by_name(make_drivers: Callable[..., Drivers], way: str) -> None:
    run = make_drivers(COUNTER.format(step=REFUSED[way])).simulate("drive")
    with pytest.raises(CheckFailed, match="code that is made while it runs"):
        _ = run.value


def test_a_lock_around_it_keeps_its_promise(make_drivers: Callable[..., Drivers]) -> None:
    step = "lock = threading.Lock()\ndef step():\n    with lock:\n        exec(STEP)"
    runs = make_drivers(COUNTER.format(step=step)).explore("drive", schedules=60)
    assert {run.value for run in runs} == {2}


def test_the_library_makes_code_for_programs(make_drivers: Callable[..., Drivers]) -> None:
    assert make_drivers(LIBRARY).simulate("drive").value == [True, 2, 3, [4], True]
