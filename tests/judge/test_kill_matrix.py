"""The kill matrix finds what is wrong with a lesson, and says it."""

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.judge.bench import Bench
from course.judge.kill_matrix import load_checks, read_mistake, verify
from course.lessons import CatalogueError, Lesson

CHECKS = """
from course.language import say

def test_one(simulate):
    run = simulate("drive")
    known = None if run.value[0] == "?" else "late_binding"
    run.require(run.value[0] == 1, expected=say("{it}", it="1"), got=say("{it}", it="not 1"), diagnosis=known)

def test_two(simulate):
    run = simulate("drive")
    run.require(run.value[1] == 2, expected=say("{it}", it="2"), got=say("{it}", it="not 2"), diagnosis="race")
"""
SOLUTION = "def work():\n    return 1, 2\n"
STUB = "def work():\n    raise NotImplementedError\n"
COULD_NOT_WORK = f"The grader could not work on Python {platform.python_version()}:"
FOLDER = "graders/t99_toy"


def mistake(killed_by: str, returns: str, diagnosis: str = "") -> str:
    """The source of a mistake."""
    named = f"Diagnosis: {diagnosis}\n" if diagnosis else ""
    return f'"""Wrong.\n\nKilled by: {killed_by}\n{named}"""\n\n\ndef work():\n    return {returns}\n'


FILES = {
    f"{FOLDER}/test_toy.py": CHECKS,
    "exercises/t99_toy/toy.py": STUB,
    f"{FOLDER}/mistakes/first.py": mistake("one", "0, 2", "late_binding"),
    f"{FOLDER}/mistakes/second.py": mistake("two", "1, 0", "race"),
    f"{FOLDER}/alternatives/other.py": "work = lambda: (1, 2)\n",
}


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({}, ()),
        (
            {f"{FOLDER}/mistakes/third.py": mistake("one", "1, 2")},
            ("third survives one, which it says kills it ()",),
        ),
        (
            {f"{FOLDER}/mistakes/third.py": mistake("three", "0, 0")},
            ("third says it is killed by three, which is no check",),
        ),
        (
            {f"{FOLDER}/mistakes/second.py": mistake("two", "1, 0", "polling")},
            ("second should be diagnosed as polling, not as race",),
        ),
        (
            {f"{FOLDER}/mistakes/first.py": mistake("one", "0, 0", "race")},
            ("first should be diagnosed as race, not as late_binding", "one is not the only killer of any mistake"),
        ),
        (
            {f"{FOLDER}/mistakes/third.py": mistake("one", "'?', 2", "late_binding")},
            ("third should be diagnosed as late_binding, not as nothing",),
        ),
        (
            {f"{FOLDER}/mistakes/third.py": mistake("one", "0, 2")},
            ("third needs a line `Diagnosis: <id>` (now late_binding)",),
        ),
        (
            {f"{FOLDER}/mistakes/third.py": mistake("one", "'?', 2")},
            ("third needs a line `Diagnosis: <id>` (now nothing recognises it)",),
        ),
        ({f"{FOLDER}/alternatives/other.py": "work = lambda: (1, 0)\n"}, ("other (right) fails two: not 2",)),
        (
            {"solutions/t99_toy/toy.py": "def work():\n    return 0, 2\n"},
            (f"the solution fails one: {COULD_NOT_WORK} the reference solution fails here, too (not 1).",),
        ),
        ({"exercises/t99_toy/toy.py": SOLUTION}, ("the stub earns points",)),
        (
            {f"{FOLDER}/mistakes/third.py": mistake("one", "7")},
            ("third needs a line `Diagnosis: <id>` (now nothing recognises it)",),
        ),
        (
            {f"{FOLDER}/test_toy.py": CHECKS.replace('say("{it}", it="not 1")', 'say("not one, in English only")')},
            ("not in Chinese: not one, in English only",),
        ),
        (
            {f"{FOLDER}/mistakes/third.py": '"""Killed by: one"""\n\nx = 1\n'},
            None,
        ),
    ],
    ids=[
        "all is well",
        "survivor",
        "no such check",
        "another diagnosis",
        "check without a job",
        "no diagnosis found",
        "no diagnosis named",
        "no diagnosis at all",
        "alternative fails",
        "solution fails",
        "stub passes",
        "value that no check can read",
        "no translation",
        "docstring",
    ],
)
def test_each_problem_of_a_lesson_is_found(
    bench: Bench, make_lesson: Callable[..., Lesson], files: dict[str, str], problems: tuple[str, ...] | None
) -> None:
    options: dict[str, Any] = {"checks": (("one", "correctness", 4), ("two", "concurrency", 6))}
    contents = {**FILES, **files}
    lesson = make_lesson(files=contents, solution=contents.pop("solutions/t99_toy/toy.py", SOLUTION), **options)
    if problems is None:
        with pytest.raises(CatalogueError, match="needs a line `Killed by: <check id>`"):
            verify(lesson, bench)
        return
    found = tuple(problem.partition(" (/")[0] for problem in verify(lesson, bench).problems)
    assert found == problems


def test_the_matrix_tells_which_check_fails_which_submission(bench: Bench, make_lesson: Callable[..., Lesson]) -> None:
    lesson = make_lesson(files=FILES, solution=SOLUTION, checks=(("one", "correctness", 4), ("two", "concurrency", 6)))
    matrix = verify(lesson, bench)
    assert matrix.killers == {
        "the solution": (),
        "other (right)": (),
        "first": ("one",),
        "second": ("two",),
        "the stub": ("one", "two"),
    }


def test_a_mistake_says_what_kills_it_and_its_diagnosis(tmp_path: Path) -> None:
    path = tmp_path / "careless.py"
    path.write_text(mistake("one", "0, 2", "race"), encoding="utf-8")
    assert read_mistake(path)[:3] == ("careless", "one", "race")
    path.write_text(mistake("one", "0, 2"), encoding="utf-8")
    assert read_mistake(path)[:3] == ("careless", "one", "")


def test_checks_are_the_functions_that_pytest_would_collect(make_lesson: Callable[..., Lesson]) -> None:
    assert list(load_checks(make_lesson(files=FILES))) == ["one", "two"]
