"""Syntax trees: gradings run in threads, and each reads its module's tree."""

import ast
import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.judge.syntax import tree_of

SOURCE = "\n".join(f"def f{n}(x):\n    return [{n}, x, (x, [x + {n}])]" for n in range(400))


class Garbage:
    """A cycle whose destructor lets other threads run."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        for _ in range(20):
            pass


@pytest.fixture
def much_garbage() -> Iterator[None]:
    """Have the collector run all the time, and threads change as often as they can."""
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(20)
    sys.setswitchinterval(1e-6)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("much_garbage")
def test_many_threads_read_trees_at_once() -> None:
    def read(number: int) -> int:
        kept = [Garbage() for _ in range(200)]
        return len(tree_of(SOURCE).body) + 0 * len(kept)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(read, range(16))) == {400}


def test_what_python_warns_of_is_no_error() -> None:
    """With warnings as errors, as here, the parser raises SyntaxError for an escape sequence that is none."""
    source = r"pattern = '\d+'"
    with pytest.raises(SyntaxError, match="invalid escape sequence"):
        ast.parse(source)
    assert ast.dump(tree_of(source)) == ast.dump(ast.parse(r"pattern = '\\d+'"))
