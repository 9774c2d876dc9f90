"""Does a submission offer what the lesson asks for? Found out in a worker, before any check runs."""

import ast
from functools import cache
from pathlib import Path

from course.judge.drivers import Drivers
from course.judge.reach import reach_of
from course.judge.run import CheckFailed
from course.judge.syntax import tree_of
from course.lessons import Lesson

PROBE = Path(__file__).parent.parent / "lab" / "probe.py"

# Functions by name, or classes by name with their methods: parameter names, in order.
Interface = dict[str, list[str] | dict[str, list[str]]]


@cache
def expected_interface(lesson: Lesson) -> Interface:
    """The public functions and classes of the reference solution, read from its syntax tree."""
    tree = tree_of(lesson.reference)
    wanted: Interface = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            wanted[node.name] = _parameters(node)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not _is_protocol(node):
            wanted[node.name] = {
                inner.name: _parameters(inner)
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_")
            }
    return wanted


def _is_protocol(node: ast.ClassDef) -> bool:
    """Protocols describe what is handed in; nothing breaks when a submission does not repeat them."""
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    arguments = function.args
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def problem_with(drivers: Drivers, lesson: Lesson, source: str) -> str:
    """Why the module cannot be graded, as a sentence for the student; empty when it can be."""
    if source == "":
        return f"{lesson.filename} is empty."
    reach = reach_of(source)
    if reach is not None:
        uses = f"{lesson.filename}, line {reach.line}, uses `{reach.what}`"
        return f"{uses}: code that does can reach into the grader. No exercise needs it; take it out."
    try:
        found = drivers.probe(PROBE.read_text(encoding="utf-8"), "interface").value
    except CheckFailed as failed:
        return _cannot_import(lesson, failed)
    if not isinstance(found, dict):
        return f"{lesson.filename} cannot be looked at: it changes Python itself."
    for name, wanted in expected_interface(lesson).items():
        problem = _compare(lesson, name, wanted, found.get(name))
        if problem:
            return problem
    return ""


def _cannot_import(lesson: Lesson, failed: CheckFailed) -> str:
    record = failed.run.record if failed.run is not None and failed.run.has_evidence else None
    error = failed.problem or (record.error if record is not None else None)
    if error is None:
        return f"{lesson.filename} cannot be imported: {failed.got}."
    at = f", line {error.line}," if error.line else ""
    if error.type in ("SyntaxError", "IndentationError", "TabError"):
        return f"{lesson.filename}{at} is not valid Python: {error.message}."
    if error.type in ("ValueError", "UnicodeDecodeError") and failed.problem:
        return f"{lesson.filename} is not a Python source file: {error.message}."
    return f"{lesson.filename} cannot be imported{at.rstrip(',')}: {error.type}: {error.message}"


def _compare(lesson: Lesson, name: str, wanted: list[str] | dict[str, list[str]], got: object) -> str:
    if isinstance(wanted, list):
        if got is None or isinstance(got, dict):
            return f"{lesson.filename} has no function `{name}`."
        return _compare_parameters(f"`{name}`", wanted, got)
    if not isinstance(got, dict):
        return f"{lesson.filename} has no class `{name}`."
    for method, parameters in wanted.items():
        if method not in got:
            return f"{lesson.filename}: class `{name}` has no method `{method}`."
        problem = _compare_parameters(f"`{name}.{method}`", parameters, got[method])
        if problem:
            return problem
    return ""


def _compare_parameters(what: str, wanted: list[str], got: object) -> str:
    """Extra parameters with defaults are fine; everything the lesson names must be there, in its order."""
    if not isinstance(got, list) or any(str(name).startswith("*") for name in got):
        return ""  # cannot be told from outside (a property, a decorated function): the checks will see
    names = [str(name).rstrip("=") for name in got]
    if names[: len(wanted)] == wanted and all(str(name).endswith("=") for name in got[len(wanted) :]):
        return ""
    return f"{what} must take ({', '.join(wanted)}); yours takes ({', '.join(names)})."
