"""Code made at run time is refused to programs, by whatever way, and not to the library that they use."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from course.judge.run import CheckFailed

MAKES_CODE = {
    "exec": "exec('x = 1')",
    "eval": "eval('1 + 1')",
    "compile": "compile('1', 'toy.py', 'eval')",
    "by another function": "list(map(eval, ['1']))",
    "in a thread": "thread = threading.Thread(target=exec, args=('x = 1',)); thread.start(); thread.join()",
    "in a pool": "ThreadPoolExecutor(1).submit(eval, '1').result()",
    "in a task": "asyncio.run(asyncio.to_thread(eval, '1'))",
    "from bytes": "marshal.loads(marshal.dumps((lambda: 1).__code__))",
    "from other code": "(lambda: 1).__code__.replace(co_name='x')",
    "and caught": "\n    try: eval('1')\n    except BaseException: pass",
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


@pytest.mark.parametrize("way", MAKES_CODE)
def test_a_program_makes_no_code(make_drivers: Callable[..., Drivers], way: str) -> None:
    imports = "import asyncio, marshal, threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
    run = make_drivers(f"{imports}def work():\n    {MAKES_CODE[way]}\n    return 1\n").simulate("drive")
    with pytest.raises(CheckFailed, match="code that is made while it runs"):
        _ = run.value


def test_the_library_makes_code_for_programs(make_drivers: Callable[..., Drivers]) -> None:
    assert make_drivers(LIBRARY).simulate("drive").value == [True, 2, 3, [4], True]
