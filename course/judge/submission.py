"""Submissions: read the student's modules from a folder, and nothing else.

Only the regular files that the lessons name are read; links, pipes and oversized files are refused.
"""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from course.judge.source_text import TextError, text_of
from course.language import Sentence, say
from course.lessons import ROOT, Lesson
from course.report.visible import one_line

LARGEST_MODULE = 256 << 10
MOST_NOTES = 5  # on folders that are no lessons
_READ_ONLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class SubmissionError(Exception):
    """The folder cannot be graded at all; `told` says why."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(told)
        self.told = told


class Module(NamedTuple):
    """The student's module for one lesson: its text, or the problem that it cannot be read.

    `hides` names an encoding that the file declares and that could hide code in it: instructors should look at it.
    """

    source: str
    problem: Sentence | None = None
    hides: str = ""


def read_module(folder: Path, lesson: Lesson) -> Module:
    """The student's module for `lesson`, from `folder/<lesson>/` or `folder/exercises/<lesson>/`."""
    for candidate in _places(folder, lesson):
        for path in (candidate.parent, candidate):
            if path != folder and path.is_symlink():
                return Module("", say("{name} is a link; hand in the folder itself.", name=path.name))
        if candidate.is_dir():
            return _read(folder, (candidate / lesson.filename).relative_to(folder))
    not_there = say("{file} was not handed in: there is no folder {folder}.", file=lesson.filename, folder=lesson.name)
    return Module("", not_there)


def place_of(folder: Path, lesson: Lesson) -> Path:
    """Where in `folder` the module for `lesson` is, or should be; students' repositories have it in `exercises`."""
    above = next((place for place in _places(folder, lesson) if os.path.lexists(place)), _places(folder, lesson)[-1])
    return (above / lesson.filename).relative_to(folder)


def _places(folder: Path, lesson: Lesson) -> tuple[Path, Path]:
    return folder / lesson.name, folder / "exercises" / lesson.name


def _read(folder: Path, path: Path) -> Module:
    """The module at `path` in `folder`."""
    name = path.name
    try:
        descriptor = _open(folder, path)
    except FileNotFoundError:
        above = path.parent.name
        if found := found_instead(folder, path):
            instead = say(
                "{file} was not handed in: the folder {folder} has {found} instead; give it the name {file}.",
                file=name,
                folder=above,
                found=one_line(found, 60),
            )
            return Module("", instead)
        not_there = say("{file} was not handed in: the folder {folder} does not have it.", file=name, folder=above)
        return Module("", not_there)
    except OSError as error:
        reason = say("it is a link") if (folder / path).is_symlink() else error.strerror
        return Module("", say("{name} cannot be read: {reason}.", name=name, reason=reason))
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return Module("", say("{name} is not a regular file.", name=name))
    if status.st_nlink > 1 and _is_of_the_grader(status):
        os.close(descriptor)
        not_yours = say("{name} is a link to a file of the grader's own; hand in a file of yours.", name=name)
        return Module("", not_yours)
    with open(descriptor, "rb") as file:
        if status.st_size > LARGEST_MODULE:
            most = LARGEST_MODULE >> 10
            too_large = say(
                "{name} is larger than {most} KiB; a lesson's module is a page or two.", name=name, most=most
            )
            return Module("", too_large)
        raw = file.read(LARGEST_MODULE + 1)
    return _decode(name, raw)


def found_instead(folder: Path, path: Path) -> str:
    """The name of a file that lies in the place of the module at `path` in `folder`, which is missing; or "".

    `Quotes.py`, `quotes (1).py` and `quotes.py.txt` were meant to be `quotes.py`.
    """
    try:
        names = sorted(os.listdir(folder / path.parent))
    except OSError:
        return ""
    return next((name for name in names if name.lower().startswith(path.stem) and name != path.name), "")


def _open(folder: Path, path: Path) -> int:
    """A descriptor of the file, with no link on the way to it, not even one that was put there a moment ago."""
    if os.open not in os.supports_dir_fd:
        return os.open(folder / path, _READ_ONLY)
    above = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for name in path.parts:
        flags = _READ_ONLY if name == path.name else os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        try:
            below = os.open(name, flags, dir_fd=above)
        finally:
            os.close(above)
        above = below
    return above


def _is_of_the_grader(status: os.stat_result) -> bool:
    """Is it the same file as a solution or a part of a grader? An archive can hold such hard links."""
    ours = (path for tree in ("solutions", "graders") for path in (ROOT / tree).rglob("*.py"))
    return any(os.path.samestat(status, path.stat()) for path in ours)


def _decode(name: str, raw: bytes) -> Module:
    try:
        source = text_of(raw, name)
    except TextError as error:
        return Module("", error.told, error.hides)
    return Module(source) if source.strip() else Module("", say("{file} is empty.", file=name))


def check_folder(folder: Path) -> None:
    """Make sure that there is a folder to grade.

    Raises:
        SubmissionError: there is none.
    """
    if not folder.is_dir():
        raise SubmissionError(
            say("There is no folder {folder}. Name the folder that holds the lessons' folders.", folder=str(folder))
        )


def strangers(folder: Path, known: set[str]) -> list[str]:
    """Folders that are named like lessons (`t99_foo`) but are none."""
    places = [place for place in (folder, folder / "exercises") if place.is_dir()]
    return strangers_among({entry.name for place in places for entry in place.iterdir() if entry.is_dir()}, known)


def strangers_among(names: set[str], known: set[str]) -> list[str]:
    """The names that look like those of lessons but are none."""
    return sorted(name for name in names - known if _looks_like_a_lesson(name))


def notes_on(unknown: list[str]) -> list[Sentence]:
    """That these folders were not graded; the first few by name."""
    notes = [say("There is no lesson {name}; its folder was not graded.", name=one_line(name, 60)) for name in unknown]
    if len(notes) > MOST_NOTES:
        notes[MOST_NOTES:] = [say("{more} more folders were not graded.", more=len(notes) - MOST_NOTES)]
    return notes


def _looks_like_a_lesson(name: str) -> bool:
    number, _, stem = name.partition("_")
    return bool(stem) and number[:1].isalpha() and number[1:].isdigit()
