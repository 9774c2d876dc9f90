"""A copy of this repository's lessons that a test may change."""

import shutil
from pathlib import Path

import pytest

from course.lessons import ROOT, Lesson, all_lessons


@pytest.fixture
def lessons() -> list[Lesson]:
    """One lesson with threads and one with tasks."""
    return [lesson for lesson in all_lessons() if lesson.key in ("t01", "a17")]


@pytest.fixture
def repository(tmp_path: Path, lessons: list[Lesson]) -> Path:
    """What a release is made from: these lessons and the files around them."""
    root = tmp_path / "authors"
    for tree in ("exercises", "graders", "solutions"):
        for lesson in lessons:
            shutil.copytree(
                ROOT / tree / lesson.name, root / tree / lesson.name, ignore=shutil.ignore_patterns("__pycache__")
            )
    (root / ".ci").mkdir()
    for name in ("LICENSE", "pyproject.toml", ".ci/constraints.txt", "exercises/pytest.ini"):
        shutil.copyfile(ROOT / name, root / name)
    for name in ("pytest.ini", "settings.toml"):
        shutil.copyfile(ROOT / "graders" / name, root / "graders" / name)
    return root
