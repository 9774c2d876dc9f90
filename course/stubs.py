"""Stubs: what a student starts from, made from the solution by nbgrader's own `ClearSolutions`.

The regions between `### BEGIN SOLUTION` and `### END SOLUTION` become `# YOUR CODE HERE` and
`raise NotImplementedError()`. Stubs are committed; `course stubs --check` makes sure that they are up to date.
"""

import importlib
import warnings
from typing import Any

from course.lessons import Lesson

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


class StubError(Exception):
    """Stubs cannot be made; the message says why."""


def make_stub(source: str) -> str:
    """The stub of a solution.

    Raises:
        StubError: nbgrader is not installed, or the solution's markers do not match.
    """
    if source.count(BEGIN) != source.count(END):
        raise StubError(
            f"the solution's markers do not match: {source.count(BEGIN)} {BEGIN}, {source.count(END)} {END}"
        )
    notebooks, preprocessors = _nbgrader()
    metadata = {"schema_version": 3, "grade_id": "m", "solution": True, "grade": False, "locked": False, "task": False}
    cell = notebooks.new_code_cell(source.rstrip("\n"), metadata={"nbgrader": metadata})
    full = notebooks.new_notebook(cells=[cell], metadata={"language": "python"})
    try:
        notebook, _ = preprocessors.ClearSolutions().preprocess(full, {})
    except RuntimeError as error:
        raise StubError(f"the solution's markers do not match: {error}") from error
    return str(notebook.cells[0].source) + "\n"


def _nbgrader() -> tuple[Any, Any]:
    """Nbgrader's and nbformat's modules; imported when needed, because only authors have them and they are slow."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of nbgrader's own dependencies
            return importlib.import_module("nbformat.v4"), importlib.import_module("nbgrader.preprocessors")
    except ImportError as error:
        raise StubError(
            f"Stubs are made by nbgrader, which is not installed ({error}): pip install -e '.[instructor]'"
        ) from error


def stale_stubs(lessons: list[Lesson]) -> list[Lesson]:
    """The lessons whose committed stub is missing or not what the solution gives."""
    return [lesson for lesson in lessons if _committed(lesson) != _fresh(lesson)]


def write_stubs(lessons: list[Lesson]) -> list[Lesson]:
    """Write the stubs that are stale; the lessons whose stub was written."""
    stale = stale_stubs(lessons)
    for lesson in stale:
        lesson.exercise.write_text(_fresh(lesson), encoding="utf-8")
    return stale


def _fresh(lesson: Lesson) -> str:
    return make_stub(lesson.solution.read_text(encoding="utf-8"))


def _committed(lesson: Lesson) -> str | None:
    return lesson.exercise.read_text(encoding="utf-8") if lesson.exercise.exists() else None
