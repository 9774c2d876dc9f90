"""Graders that can be installed with pip, and ours, each with the smallest honest set-up of two exercises.

`add(a, b)` and `twice(a)`, one open and one hidden test each; ours has lessons t01 and t03 in their place. Each grader
gets the shortest limit of time that it knows. Its points are read from the file that it writes itself.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from course.lessons import ROOT, lessons_named

LIMIT_SECONDS = 5
ADD = "def add(a, b):\n    return a + b\n"
TWICE = "def twice(a):\n    return 2 * a\n"
# Per function: the arguments and the result of its open test, and of its hidden one.
EXERCISES = {"add": (("(2, 3)", 5), ("(40, 2)", 42)), "twice": (("(2)", 4), ("(21)", 42))}


class Grader(Protocol):
    """One grader: how it is set up in a folder, gets a submission, is run, and what it says."""

    name: str
    packages: tuple[str, ...]  # what pip installs; the first is the grader
    right: str  # the module that solves the exercise which attacks do not

    def set_up(self, folder: Path, programs: Path) -> None:
        """Make exercises and tests in an empty folder; `programs` is the environment's folder of programs."""

    def submit(self, folder: Path, module: str, files: Mapping[str, str]) -> None:
        """Hand in a module for the first exercise, the right one for the second, and other files."""

    def commands(self, folder: Path, programs: Path) -> list[list[str]]:
        """What is run in the folder; students' code runs in the first."""

    def points(self, folder: Path) -> float | None:
        """The points that the grader's own file says; None when it says none."""

    def shown(self, folder: Path) -> str:
        """What of the grader's files a student gets to see."""


class Otter:
    """Otter-Grader, `otter run` on a notebook: a container is left out, as for every grader here."""

    name = "otter"
    packages: tuple[str, ...] = ("otter-grader[grading]==7.0.0",)
    right = ADD

    def set_up(self, folder: Path, programs: Path) -> None:
        tests = {}
        for name, calls in EXERCISES.items():
            cases = [
                {"code": f">>> {name}{given} == {value}\nTrue", "hidden": hidden, "locked": False}
                for (given, value), hidden in zip(calls, (False, True), strict=True)
            ]
            suite = {"type": "doctest", "scored": True, "setup": "", "teardown": "", "cases": cases}
            test = {"name": name, "points": [1, 4], "suites": [suite]}
            tests[f"tests/{name}.py"] = f"OK_FORMAT = True\ntest = {test!r}\n"
        with zipfile.ZipFile(folder / "autograder.zip", "w") as file:
            for path, text in tests.items():
                file.writestr(path, text)
            file.writestr("otter_config.json", json.dumps({"show_hidden": False}))
        (folder / "out").mkdir()

    def submit(self, folder: Path, module: str, files: Mapping[str, str]) -> None:
        with zipfile.ZipFile(folder / "submission.zip", "w") as file:
            file.writestr("exercises.ipynb", json.dumps(_notebook(module, TWICE)))
            for path, text in files.items():
                if not path.endswith(".py"):  # it refuses a submission with two modules
                    file.writestr(path, text)

    def commands(self, folder: Path, programs: Path) -> list[list[str]]:
        return [[str(programs / "otter"), "run", "-a", "autograder.zip", "-o", str(folder / "out"), "submission.zip"]]

    def points(self, folder: Path) -> float | None:
        results = _json(folder / "out" / "results.json")
        return None if results is None else sum(test.get("score", 0.0) for test in results["tests"])

    def shown(self, folder: Path) -> str:
        results = _json(folder / "out" / "results.json") or {"tests": []}
        return json.dumps([test for test in results["tests"] if test.get("visibility", "visible") == "visible"])


class Nbgrader:
    """nbgrader: an assignment of two notebooks, graded, exported as CSV, with feedback."""

    name = "nbgrader"
    packages: tuple[str, ...] = ("nbgrader==0.9.6",)
    right = ADD

    def set_up(self, folder: Path, programs: Path) -> None:
        source = folder / "source" / "ps"
        source.mkdir(parents=True)
        for (name, (given, hidden)), solution in zip(EXERCISES.items(), (ADD, TWICE), strict=True):
            notebook = _notebook(
                f"### BEGIN SOLUTION\n{solution}### END SOLUTION",
                f"assert {name}{given[0]} == {given[1]}",
                f"### BEGIN HIDDEN TESTS\nassert {name}{hidden[0]} == {hidden[1]}\n### END HIDDEN TESTS",
            )
            kinds: list[dict[str, Any]] = [{"solution": True}, *({"grade": True, "points": each} for each in (1, 4))]
            for number, (cell, kind) in enumerate(zip(notebook["cells"], kinds, strict=True)):
                told = {"schema_version": 3, "grade_id": f"{name}{number}", "grade": False, "solution": False}
                cell["metadata"]["nbgrader"] = {**told, "locked": "grade" in kind, "task": False, **kind}
            (source / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        (folder / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'course'\n"
            f"c.ExecutePreprocessor.timeout = {LIMIT_SECONDS}\n",
            encoding="utf-8",
        )
        command = [str(programs / "nbgrader"), "generate_assignment", "ps"]
        subprocess.run(command, cwd=folder, env=environment(programs, folder), check=True, capture_output=True)

    def submit(self, folder: Path, module: str, files: Mapping[str, str]) -> None:
        submitted = folder / "submitted" / "mallory" / "ps"
        shutil.copytree(folder / "release" / "ps", submitted)
        for name, text in (("add", module), ("twice", TWICE)):
            path = submitted / f"{name}.ipynb"
            notebook = json.loads(path.read_text(encoding="utf-8"))
            notebook["cells"][0]["source"] = text
            path.write_text(json.dumps(notebook), encoding="utf-8")
        _write(submitted, files)

    def commands(self, folder: Path, programs: Path) -> list[list[str]]:
        return [
            [str(programs / "nbgrader"), *words] for words in (["autograde", "ps"], ["generate_feedback", "ps"])
        ] + [[str(programs / "nbgrader"), "export", "--to", "grades.csv"]]

    def points(self, folder: Path) -> float | None:
        path = folder / "grades.csv"
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []
        scores = [row["score"] for row in rows if row["student_id"] == "mallory" and row["score"]]
        return float(scores[0]) if scores else None

    def shown(self, folder: Path) -> str:
        return _texts(*folder.glob("feedback/**/*.html"))


class Check50:
    """check50, run locally; a check is a point, and each exercise has one with its open and hidden cases."""

    name = "check50"
    packages: tuple[str, ...] = ("check50==3.5.0",)
    right = ADD

    def set_up(self, folder: Path, programs: Path) -> None:
        checks = folder / "checks"
        checks.mkdir()
        text = "import check50\nimport check50.py\n"
        for name, calls in EXERCISES.items():
            cases = ", ".join(f"({given.replace(')', ',)')}, {expected})" for given, expected in calls)
            text += f'''
@check50.check(timeout={LIMIT_SECONDS})
def {name}():
    """{name} works"""
    module = check50.py.import_("{name}.py")
    for given, expected in [{cases}]:
        if module.{name}(*given) != expected:
            raise check50.Failure("a wrong result")
'''
        (checks / "__init__.py").write_text(text, encoding="utf-8")
        listed = "".join(f"    - !{what}\n" for what in ('exclude "*"', 'include "*.py"', 'include "*.ini"'))
        (checks / ".cs50.yml").write_text(f"check50:\n  files:\n{listed}", encoding="utf-8")
        (folder / "work").mkdir()

    def submit(self, folder: Path, module: str, files: Mapping[str, str]) -> None:
        _write(folder / "work", {"add.py": module, "twice.py": TWICE, **files})

    def commands(self, folder: Path, programs: Path) -> list[list[str]]:
        results = ["-o", "json", "--output-file", str(folder / "results.json")]
        return [
            ["/bin/sh", "-c", 'cd work && exec "$0" "$@"', str(programs / "check50"), "--dev", *results, "../checks"]
        ]

    def points(self, folder: Path) -> float | None:
        results = _json(folder / "results.json")
        if results is None or "results" not in results:  # an error of its own is written in their place
            return None
        return sum(result["passed"] is True for result in results["results"])

    def shown(self, folder: Path) -> str:
        return _texts(folder / "results.json")


class Ours:
    """`course grade`, as an instructor runs it, on lessons t01 and t03."""

    name = "ours"
    packages: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._attacked, self._other = lessons_named(["t01", "t03"])[0]
        self.right = self._attacked.solution.read_text(encoding="utf-8")

    def set_up(self, folder: Path, programs: Path) -> None:
        for lesson in (self._attacked, self._other):
            (folder / "submission" / lesson.name).mkdir(parents=True)

    def submit(self, folder: Path, module: str, files: Mapping[str, str]) -> None:
        submission = folder / "submission"
        text = module.replace("REPOSITORY", str(ROOT))
        _write(submission / self._attacked.name, {self._attacked.filename: text, **files})
        _write(submission, files)
        solution = self._other.solution.read_text(encoding="utf-8")
        _write(submission / self._other.name, {self._other.filename: solution})

    def commands(self, folder: Path, programs: Path) -> list[list[str]]:
        words = [sys.executable, "-m", "course", "grade", "submission", "t01", "t03", "--json", "--junit", "junit.xml"]
        return [["/bin/sh", "-c", 'exec "$0" "$@" > results.json', *words]]

    def points(self, folder: Path) -> float | None:
        results = _json(folder / "results.json")
        return None if results is None else results["points"]

    def shown(self, folder: Path) -> str:
        return _texts(folder / "results.json", folder / "junit.xml")


def environment(programs: Path, home: Path) -> dict[str, str]:
    """What a grader's process sees of the environment."""
    return {"PATH": f"{programs}:{os.defpath}", "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)}


def _notebook(*cells: str) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    code = {"cell_type": "code", "execution_count": None, "outputs": []}
    return {
        "cells": [{**code, "id": f"cell{n}", "metadata": {}, "source": text} for n, text in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _json(path: Path) -> Any:
    """What is in the file; None when it is not there, or half of it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def _texts(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths if path.exists())
