"""Attack 36: `import __main__`, and use the grader's globals. The main module of a worker is empty.

The grader's own main module is in another process. To import it is named, as all that is only about the grader.
"""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest

# By every way that leads to the module that was started.
LOOKS = """
import importlib, pickle, pkgutil, sys, multiprocessing.spawn
def main_modules():
    yield importlib.__import__("__main" + "__")
    yield pkgutil.resolve_name("__main" + "__")
    yield [getattr][0](sys, "mod" + "ules")["__main" + "__"]
PLANTED = {"GRADE", "points", "max_points", "passed", "starter", "run_case"}
def told():
    names = set()
    for module in main_modules():
        names.update(name for name in dir(module) if not name.startswith("__"))
        for name in PLANTED:
            setattr(module, name, lambda *_, **__: 10)
    return f"{sorted(names - PLANTED)}"
"""
WRONG = {
    "t01": "def fetch_quotes(symbols, fetch):\n    raise ValueError(f'main has {FOUND}')\n",
    "p13": (
        "def grep(lines, pattern, workers, chunk):\n    raise ValueError(f'main has {FOUND}')\n"
        "def map_chunks(func, items, workers, chunk):\n    return []\nclass BatchFailed(Exception):\n    pass\n"
    ),
}


@pytest.mark.parametrize("key", WRONG)
def test_the_main_module_is_empty(attack: Attack, key: str) -> None:
    attacked = attack(key, f"{LOOKS}FOUND = told()\n{WRONG[key]}")
    assert attacked.points == 0
    assert "ValueError: main has []" in attacked.said


def test_who_imports_it_is_told_so(attack: Attack) -> None:
    attacked = attack("t01", f"import __main__\n{honest('t01')}")
    assert attacked.points == 0
    assert "line 1, uses `__main__`" in attacked.lesson.problem


def test_a_right_module_that_looks_has_its_own_points(attack: Attack) -> None:
    """Spawned children import the main module again: it does not matter what is in it."""
    attacked = attack("p13", at_import("p13", f"{LOOKS}told()"))
    assert attacked.points == attacked.lesson.max_points
