"""`exec`, `eval` and `compile` of a run do what the originals do."""

from collections.abc import Callable
from typing import Any

import pytest

from course.lab.record import plain
from tests.lab.nursery import Nursery

# ruff: noqa: E501  # programs, each on its line
# Each defines `work`, which is run with the originals and in a run; both must return the same.
PROGRAMS = {
    "names of the module": "x = 1\ndef main():\n    exec('x = 2', globals())\n    return x",
    "names of a function are a copy": "def main():\n    x = 1\n    exec('x = 2')\n    return x",
    "reads names of a function": "def main():\n    x = 1\n    return eval('x + 1')",
    "names of a class": "class A:\n    exec('x = 3')\ndef main():\n    return A.x",
    "given names": "def main():\n    names = {'y': 1}\n    exec('x = y + 1', names)\n    return sorted(set(names) - {'__builtins__'})",
    "two namespaces": "def main():\n    g, l = {'y': 1}, {}\n    exec('x = y', g, l)\n    return l",
    "leading blanks": "def main():\n    return eval(' \\t 1 + 1')",
    "bytes": "def main():\n    return eval(b'1 + 1')",
    "a tree": "import ast\ndef main():\n    tree = ast.parse('1 + 1', mode='eval')\n    return eval(compile(tree, 'f', 'eval'))",
    "the tree stays as it is": (
        "import ast\ndef main():\n    tree = ast.parse('a.b = 1')\n    compile(tree, 'f', 'exec')\n    return ast.unparse(tree)"
    ),
    "a syntax error": "def main():\n    try:\n        exec('1 +', {})\n    except SyntaxError as e:\n        return e.msg, e.lineno",
    "a wrong type": "def main():\n    try:\n        exec(1)\n    except TypeError as e:\n        return str(e)",
    "an error in it": (
        "def main():\n    try:\n        exec('\\n1 / 0')\n    except ZeroDivisionError as e:\n        return str(e)"
    ),
    "no such name": "def main():\n    try:\n        eval('nothing', {})\n    except NameError as e:\n        return str(e)",
    "a generator, a comprehension": "def main():\n    n = 3\n    return eval('[i * n for i in range(2)]', {'n': 4})",
    "super": (
        "def main():\n    names = {}\n"
        "    exec('class A:\\n def f(self): return 1\\nclass B(A):\\n def f(self): return super().f() + 1', names)\n"
        "    return names['B']().f()"
    ),
    "a positional dont_inherit": "def main():\n    return eval(compile('1 + 1', 'f', 'eval', 0, True, 2))",
    "asserts away": "def main():\n    exec(compile('assert False', 'f', 'exec', optimize=1))\n    return 'passed'",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_result_is_that_of_the_originals(nursery: Nursery, name: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(PROGRAMS[name], "program.py", "exec"), names)
    main: Callable[[], Any] = names["main"]
    assert nursery.run(PROGRAMS[name])["value"] == plain(main())


def test_what_the_compiler_warns_of_is_told_once(nursery: Nursery) -> None:
    """As it is outside of a run, whatever is done to the code besides."""
    run = nursery.run("def main():\n    exec('value = 2 if True else 3()')\n    return eval('2 if True else 3()')\n")
    assert (run["outcome"], run["value"], len(run["warned"])) == ("finished", 2, 2)
