"""Does a submission offer what the lesson asks for? Found out in a worker, before any check runs."""

import ast
import re
from functools import cache
from pathlib import Path

from course.judge.drivers import Drivers
from course.judge.run import CheckFailed, told_raised
from course.judge.syntax import tree_of
from course.language import Sentence, say
from course.lessons import Lesson

# A module that cannot be found; or one that is looked for beside the file (`from .helpers import ...`).
_NOT_THERE = re.compile("No module named '([^']+)'|attempted relative import")
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


def problem_with(drivers: Drivers, lesson: Lesson, source: str) -> Sentence | None:
    """Why the module cannot be graded, as a sentence for the student; None when it can be."""
    if source == "":
        return say("{file} is empty.", file=lesson.filename)
    try:
        found = drivers.probe(PROBE.read_text(encoding="utf-8"), "interface").value
    except CheckFailed as failed:
        return _cannot_import(lesson, failed)
    if not isinstance(found, dict):
        return say("{file} cannot be looked at: it changes Python itself.", file=lesson.filename)
    for name, wanted in expected_interface(lesson).items():
        problem = _compare(lesson, name, wanted, found.get(name))
        if problem:
            return problem
    return None


def _cannot_import(lesson: Lesson, failed: CheckFailed) -> Sentence:
    record = failed.run.record if failed.run is not None and failed.run.has_evidence else None
    error = failed.problem or (record.error if record is not None else None)
    file = lesson.filename
    if error is None:
        return say("{file} cannot be imported: {why}.", file=file, why=failed.got)
    line, message = error.line, error.message
    is_of_the_text = failed.problem is not None and error.inside == "student"
    if error.type == "SyntaxError" and is_of_the_text:
        if line:
            return say("{file}, line {line}, is not valid Python: {message}.", file=file, line=line, message=message)
        return say("{file} is not valid Python: {message}.", file=file, message=message)
    if error.type == "ValueError" and is_of_the_text:
        return say("{file} is not a Python source file: {message}.", file=file, message=message)
    if error.type in ("ImportError", "ModuleNotFoundError") and (missing := _NOT_THERE.match(message)):
        return say(
            "{file}, line {line}, imports {module}: only {file} is read, and besides it there is only what comes with "
            "Python. Put all your code into {file}.",
            file=file,
            line=line,
            module=say("`{name}`, which is not there", name=missing[1]) if missing[1] else say("a file beside it"),
        )
    told = told_raised(error)
    if error.inside == "library":
        told = say("{exception}, raised inside {place}", exception=told, place=error.place)
    if line:
        return say("{file} cannot be imported, line {line}: {error}", file=file, line=line, error=told)
    return say("{file} cannot be imported: {error}", file=file, error=told)


def _compare(lesson: Lesson, name: str, wanted: list[str] | dict[str, list[str]], got: object) -> Sentence | None:
    file = lesson.filename
    if isinstance(wanted, list):
        if got is None or isinstance(got, dict):
            return say("{file} has no function `{name}`.", file=file, name=name)
        return _compare_parameters(name, wanted, got)
    if not isinstance(got, dict):
        return say("{file} has no class `{name}`.", file=file, name=name)
    for method, parameters in wanted.items():
        if method not in got:
            return say("{file}: class `{name}` has no method `{method}`.", file=file, name=name, method=method)
        problem = _compare_parameters(f"{name}.{method}", parameters, got[method])
        if problem:
            return problem
    return None


def _compare_parameters(what: str, wanted: list[str], got: object) -> Sentence | None:
    """Extra parameters with defaults are fine; everything the lesson names must be there, in its order."""
    if not isinstance(got, list) or any(str(name).startswith("*") for name in got):
        return None  # cannot be told from outside (a property, a decorated function): the checks will see
    names = [str(name).rstrip("=") for name in got]
    if names[: len(wanted)] == wanted and all(str(name).endswith("=") for name in got[len(wanted) :]):
        return None
    return say(
        "`{what}` must take ({wanted}); yours takes ({names}).",
        what=what,
        wanted=", ".join(wanted),
        names=", ".join(names),
    )
