"""Who may import whom: what the judge knows stays with the judge, and nothing of a student's comes to it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.lessons import ROOT, lessons_named

COURSE = ROOT / "course"
LAB = sorted((COURSE / "lab").rglob("*.py"))
TRUSTED = sorted(set(COURSE.rglob("*.py")) - set(LAB))
RUNS_DATA = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "copyreg", "code", "runpy", "yaml"}


def imported(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, at its top or anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            first = node.args[0] if node.args else None
            if called in ("import_module", "__import__") and isinstance(first, ast.Constant):
                yield str(first.value)


def called(path: Path) -> set[str]:
    """The bare names that a file calls."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def name_of(path: Path) -> str:
    """What a parametrised test calls a file."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TRUSTED, ids=name_of)
def test_the_trusted_side_does_not_import_the_lab(path: Path) -> None:
    """The lab stands in the same process as the student's code; the judge only ever starts it."""
    assert not [name for name in imported(path) if name.startswith("course.lab")]


@pytest.mark.parametrize("path", LAB, ids=name_of)
def test_the_lab_imports_nothing_of_the_judges(path: Path) -> None:
    """Neither verdicts nor lessons nor reports: there is nothing to be found in a worker."""
    assert not [name for name in imported(path) if name.startswith("course.") and not name.startswith("course.lab.")]
    outside = {name.partition(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)
    assert outside <= {"course", "freezegun", "greenlet", "landlockpy", "msgspec", "pyseccomp", "scenarios"}


@pytest.mark.parametrize("path", TRUSTED, ids=name_of)
def test_the_trusted_side_runs_no_data(path: Path) -> None:
    """What comes from a worker is text until a strict decoder has read it."""
    assert not RUNS_DATA & {name.partition(".")[0] for name in imported(path)}
    assert not {"eval", "exec", "compile", "__import__"} & called(path)


SPY = """
import os
import sys

def drive(student, lab):
    return ["pytest" in sys.modules, "course.judge" in sys.modules, os.getpid()]
"""


def test_a_students_module_runs_where_there_is_neither_pytest_nor_the_judge() -> None:
    """It runs in children of a starter; the judge never imports it."""
    (lesson,), _ = lessons_named(["t01"])
    bench = Bench(width=1)
    try:
        drivers = Drivers(bench, lesson, "import sys\nsys.imported = True\n")
        assert drivers.probe(SPY, "drive").value[:2] == [False, False]
    finally:
        bench.close()
    assert not hasattr(sys, "imported")
