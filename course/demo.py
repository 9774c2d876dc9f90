"""The demonstration: a right submission, and one with a classic mistake in every lesson."""

import shutil
from pathlib import Path

from course.lessons import Lesson


def lay_out_right(folder: Path, lessons: list[Lesson]) -> Path:
    """A submission made of the solutions."""
    for lesson in lessons:
        _hand_in(folder, lesson, lesson.solution)
    return folder


def lay_out_wrong(folder: Path, lessons: list[Lesson]) -> Path:
    """A submission made of the classic mistake that each lesson's `lesson.toml` names as its `demo`."""
    for lesson in lessons:
        _hand_in(folder, lesson, lesson.variants("mistakes")[lesson.demo])
    return folder


def _hand_in(folder: Path, lesson: Lesson, source: Path) -> None:
    (folder / lesson.name).mkdir(parents=True)
    shutil.copyfile(source, folder / lesson.name / lesson.filename)
