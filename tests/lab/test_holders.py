"""A module that is first imported inside a run never carries that run's clocks and locks into the next one."""

import ast
import os
import sys
import sysconfig
from typing import Any

import pytest

from course.lab.world import REAL
from tests.lab.nursery import PLAIN, Nursery

# Demonstrations, tests, and what only another platform can import.
_NO_LIBRARY = (
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "turtledemo",
    "ensurepip",
    "site-packages",
    "__pycache__",
    "pydoc_data",
)


# What the lab puts into these stays there.
_OURS_FOR_GOOD = ("os", "functools", "_interpreters", "_xxsubinterpreters")


def binders() -> list[str]:
    """The modules of the standard library whose source binds something of a world's modules when it is imported."""
    root = sysconfig.get_paths()["stdlib"]
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _NO_LIBRARY]
        for file in files:
            name = os.path.relpath(os.path.join(folder, file), root).removesuffix(".py").removesuffix("/__init__")
            name = name.replace("/", ".")
            if not file.endswith(".py") or name.partition(".")[0] not in sys.stdlib_module_names - REAL:
                continue
            with open(os.path.join(folder, file), encoding="utf-8") as source:
                if _binds(ast.parse(source.read())):
                    found.append(name)
    return found


def _binds(tree: ast.AST) -> bool:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] in REAL for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and not node.level and str(node.module).partition(".")[0] in REAL:
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and _binds(node):
            return True
    return False


IMPORT_ALL = """
import importlib, sys, time
NAMES = {names!r}
def main():
    for name in NAMES:
        try: importlib.import_module(name)
        except ImportError: pass
    time.sleep(1)
"""


def held_after_a_run(names: list[str]) -> dict[str, Any]:
    """What is imported, and what of a world is still held, when a run that has imported `names` is over."""
    from course.lab.program import Program  # noqa: PLC0415  # in the child only
    from course.lab.simulation import simulate  # noqa: PLC0415  # in the child only
    from course.lab.world import refuse  # noqa: PLC0415

    sys.addaudithook(refuse)
    program = Program("program", IMPORT_ALL.format(names=names), "def scenario(student, lab): return student.main()")
    evidence, _ = simulate(program, "scenario", {}, PLAIN)
    of_world = {"course.lab.virtual_time", "course.lab.primitives", "course.lab.virtual_date", "course.lab.refusals"}
    held = [
        f"{name}.{key}"
        for name, module in sys.modules.items()
        if name not in _OURS_FOR_GOOD and not name.startswith("course.")
        for key, value in list(vars(module).items())
        if isinstance(getattr(value, "__module__", None), str) and value.__module__ in of_world
    ]
    return {"outcome": evidence["outcome"], "error": evidence["error"], "held": held}


def test_no_module_of_the_library_keeps_a_runs_clocks_or_locks(nursery: Nursery) -> None:
    """Every module whose source says that it binds them is imported; the list is read from the interpreter itself."""
    names = [name for name in binders() if name not in {"antigravity", "this", "idlelib"}]
    assert {"timeit", "unittest.mock", "socketserver", "urllib.request"} <= set(names)
    found = nursery.call(held_after_a_run, names=names)
    assert found["error"] is None
    assert found["held"] == []


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("import timeit; timer = timeit.default_timer", "timer() - start"),
        ("from timeit import default_timer as timer", "timer() - start"),
        (
            "from unittest import mock; timer = mock.asyncio.base_events.time.monotonic",
            "timer() - start",
        ),
        ("from http import cookiejar; timer = lambda: cookiejar.time.time() - 1767225600 + 1000", "timer() - start"),
        (
            "import logging.handlers; timer = lambda: logging.handlers.time.time() - 1767225600 + 1000",
            "timer() - start",
        ),
        ("import trace; timer = lambda: trace.threading and trace._time()", "timer() - start"),
    ],
)
def test_a_module_first_imported_in_a_run_is_on_that_runs_clock(nursery: Nursery, statement: str, value: str) -> None:
    """In the first run and in each later one."""
    source = f"{statement}\nimport time\nstart = time.monotonic()\ndef main():\n    time.sleep(3)\n    return {value}\n"
    runs = nursery.runs(source, schedules=[PLAIN] * 3)
    assert [(run["outcome"], run["value"]) for run in runs] == [("finished", 3.0)] * 3


def test_log_handlers_last_one_run(nursery: Nursery) -> None:
    """What a program sets up in `logging` is gone in the next run: not doubled, and no lock of an old world's."""
    source = """
import logging, threading, time
class Slow(logging.Handler):
    def emit(self, record): time.sleep(1)
def main():
    logging.basicConfig(level=logging.INFO, format="%(message)s %(threadName)s %(asctime)s", datefmt="%H:%M:%S")
    logger = logging.getLogger("shop")
    handlers = len(logger.handlers)
    logger.addHandler(Slow())
    threads = [threading.Thread(target=logger.info, args=("hello",), name=f"t{n}") for n in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return handlers, time.monotonic() - 1000
"""
    for run in nursery.runs(source, schedules=[PLAIN] * 3):
        assert (run["outcome"], run["value"]) == ("finished", ["tuple", [0, 2.0]])
        assert [line.split()[:2] for line in run["output"].splitlines()] == [["hello", "t0"], ["hello", "t1"]]


def test_modules_that_hold_nothing_of_a_world_stay(nursery: Nursery) -> None:
    """What can be kept is loaded once: the next run does not pay for it."""
    source = """
import sys
known = "colorsys" in sys.modules
import colorsys
def main(): return known
"""
    runs = nursery.runs(source, schedules=[PLAIN] * 2)
    assert [run["value"] for run in runs] == [False, True]
