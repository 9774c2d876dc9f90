"""Grading a commit: the lessons that have changed, and what was kept of the others."""

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from course.classroom.git_server.server import Server
from course.classroom.git_server.snapshot import Snapshot, lay_out
from course.classroom.git_server.store import GradedPush, Push, newest_kept, now
from course.classroom.partial import content_key, is_stub, may_be_kept, not_begun, with_lessons
from course.grade import Views
from course.judge.submission import place_of, read_module, strangers_among
from course.language import Language
from course.lessons import Lesson, all_lessons
from course.report.model import LessonResult, Result

Grader = Callable[..., Views]


class Known(NamedTuple):
    """A lesson's result, for instructors and for the student."""

    full: LessonResult
    student: LessonResult


@dataclass(frozen=True)
class Submission:
    """A commit's work, laid out in `folder`: the content keys of the lessons that were begun, and what was kept.

    `snapshot` tells what is odd in the commit; `strangers` are its folders that are named like lessons, and are none.
    """

    folder: Path
    lessons: list[Lesson]
    keys: dict[str, str]
    kept: dict[str, Known]
    before: GradedPush | None
    snapshot: Snapshot
    strangers: list[str]

    @property
    def changed(self) -> list[Lesson]:
        """The lessons that have to be graded."""
        return [lesson for lesson in self.lessons if lesson.name in self.keys and lesson.name not in self.kept]

    @property
    def not_begun(self) -> list[Lesson]:
        """The lessons whose module is the stub, or that are not there at all."""
        return [lesson for lesson in self.lessons if lesson.name not in self.keys]


def look_at(server: Server, push: Push, lessons: list[Lesson], language: Language, folder: Path) -> Submission:
    """What the pushed commit hands in, laid out in `folder`, and what is known of it already.

    Raises:
        GitError: the commit cannot be read.
    """
    snapshot = lay_out(server.repository(push.student), push.commit, lessons, folder)
    terms = (language, server.terms.isolation, _secret(server))
    keys = {}
    for lesson in lessons:
        module = read_module(folder, lesson)
        if _is_there(folder, lesson) and not is_stub(lesson, module):
            keys[lesson.name] = content_key(lesson, module, terms)
    before = next(newest_kept(server, push.student), None)
    unknown = strangers_among(snapshot.folders, {lesson.name for lesson in all_lessons()})
    return Submission(folder, lessons, keys, _kept(before, keys), before, snapshot, unknown)


def graded(
    server: Server, student: str, submission: Submission, language: Language, grade: Grader
) -> tuple[Views, list[str]]:
    """The result of the whole submission, and the names of the lessons that were graded for it.

    Raises:
        GradingError: the grader could not work.
    """
    changed = submission.changed
    if changed:
        new = grade(
            submission.folder,
            changed,
            name=student,
            isolation=server.terms.isolation,
            key=Path(server.terms.key) if server.terms.key else None,
            language=language,
            untested_python=server.terms.untested_python,
        )
    elif submission.before is not None:
        new = Views(submission.before.full, submission.before.view)
    else:
        nothing = _nothing(student, language)
        new = Views(nothing, msgspec.structs.replace(nothing, visibility="student"))
    names = [lesson.name for lesson in changed]
    return Views(*(_whole(submission, one, which, names, language) for which, one in enumerate(new))), names


def _whole(submission: Submission, new: Result, which: int, changed: list[str], language: Language) -> Result:
    """One of the two views of all lessons: graded now, kept, or not begun."""
    known = {name: each[which] for name, each in submission.kept.items()}
    known |= {lesson.lesson: lesson for lesson in new.lessons if lesson.lesson in changed}
    told: list[LessonResult] = [
        known[lesson.name] if lesson.name in known else not_begun(lesson, language) for lesson in submission.lessons
    ]
    return with_lessons(new, told)


def _kept(before: GradedPush | None, keys: dict[str, str]) -> dict[str, Known]:
    """The results of lessons whose content key is that of the last graded commit."""
    if before is None:
        return {}
    return {
        full.lesson: Known(full, student)
        for full, student in zip(before.full.lessons, before.view.lessons, strict=True)
        if full.lesson in keys and keys[full.lesson] == before.keys.get(full.lesson) and may_be_kept(full)
    }


def _is_there(folder: Path, lesson: Lesson) -> bool:
    """False when there is not even a folder (or anything in its place, or in that of the one above) for the lesson."""
    above = (folder / place_of(folder, lesson)).parent
    return os.path.lexists(above) or (os.path.lexists(above.parent) and not above.parent.is_dir())


def _secret(server: Server) -> str:
    """A name for the key in use; a key that cannot be read is the grader's to complain about."""
    try:
        return hashlib.sha256(Path(server.terms.key).read_bytes()).hexdigest() if server.terms.key else ""
    except OSError:
        return "unreadable"


def _nothing(student: str, language: Language) -> Result:
    return Result(
        schema="course/result/v1",
        submission=student,
        graded_at=now(),
        python=".".join(map(str, sys.version_info[:3])),
        seconds=0.0,
        isolation="",
        points=0,
        max_points=0,
        lessons=(),
        language=language,
    )
