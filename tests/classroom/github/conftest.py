"""A student's repository, and what a workflow gives a step."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from course.lessons import ROOT, all_lessons

Write = Callable[..., Path]


@pytest.fixture
def student(tmp_path: Path) -> Path:
    """A repository as it was released: all stubs."""
    folder = tmp_path / "student"
    for lesson in all_lessons():
        (folder / "exercises" / lesson.name).mkdir(parents=True)
        shutil.copyfile(lesson.exercise, folder / "exercises" / lesson.name / lesson.filename)
    return folder


@pytest.fixture
def write(student: Path) -> Write:
    """Write a module into the student's repository: a text, or one of the lesson's own (`mistakes/x.py`)."""

    def write(key: str, text: str) -> Path:
        lesson = next(each for each in all_lessons() if each.key == key)
        source = lesson.solution if text == "solution" else ROOT / "graders" / lesson.name / text
        content = source.read_text("utf-8") if text == "solution" or text.endswith(".py") else text
        path = student / "exercises" / lesson.name / lesson.filename
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def workflow(student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the files of a workflow; the environment names them."""
    folder = tmp_path / "workflow"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "RUNNER_", "LC_"))]:
        monkeypatch.delenv(name)
    given = {
        "LANG": "C.UTF-8",
        "GITHUB_WORKSPACE": str(student),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "cs101/exercises-alice",
        "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return folder
