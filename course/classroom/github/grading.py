"""Grade what a push has changed: other lessons' results come from the cache, untouched stubs are not graded."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from course import pythons
from course.classroom import partial
from course.classroom.github.cache import Cache, Kept
from course.grade import Terms, grade_views
from course.judge.isolation import Level
from course.judge.submission import found_instead, notes_on, place_of, read_module, strangers
from course.language import Language, Sentence
from course.lessons import Lesson, all_lessons
from course.report.model import LessonResult, Result


class Graded(NamedTuple):
    """The result as the student may see it; the lessons that were graded now, and those that had been before."""

    result: Result
    now: tuple[str, ...]
    before: tuple[str, ...]


def grade_changed(  # noqa: PLR0913  # each by name
    folder: Path,
    lessons: list[Lesson],
    *,
    cache: Cache,
    name: str,
    isolation: Level,
    language: Language,
    untested_python: bool = False,
) -> Graded:
    """The result of `lessons` in `folder`, in the student's view; the cache holds these lessons' results afterwards.

    Raises:
        GradingError: the grader could not work.
        OSError: a result could not be kept.
    """
    began = time.monotonic()
    known: dict[str, LessonResult] = {}
    kept: list[Kept] = []
    changed: dict[str, tuple[Lesson, str]] = {}
    for lesson in lessons:
        module = read_module(folder, lesson)
        key = partial.content_key(lesson, module, (language, isolation))
        place = place_of(folder, lesson)
        missing = not os.path.lexists(folder / place) and not found_instead(folder, place)
        if missing or partial.is_stub(lesson, module):
            known[lesson.name] = partial.not_begun(lesson, language)
        elif found := cache.find(key, partial.graded_with(lesson)):
            known[lesson.name] = found.lesson
            kept.append(found)
        else:
            changed[lesson.name] = (lesson, key)

    strange = notes_on(strangers(folder, {lesson.name for lesson in all_lessons()}))
    notes = [*strange, *filter(None, [pythons.note()])]
    result = _nothing(name, language, kept, notes)
    if changed:
        wanted = [lesson for lesson, _ in changed.values()]
        terms = Terms(name=name, isolation=isolation, language=language, untested_python=untested_python)
        result = grade_views(folder, wanted, **terms).student
    cache.keep_only({entry.key for entry in kept})
    for graded in result.lessons:
        lesson, key = changed[graded.lesson]
        known[graded.lesson] = graded
        if partial.may_be_kept(graded):
            cache.keep(Kept(key, graded, result.isolation), partial.graded_with(lesson))

    whole = partial.with_lessons(result, [known[lesson.name] for lesson in lessons])
    whole = msgspec.structs.replace(whole, seconds=round(time.monotonic() - began, 2))
    return Graded(whole, tuple(changed), tuple(entry.lesson.lesson for entry in kept))


def _nothing(name: str, language: Language, kept: list[Kept], notes: list[Sentence]) -> Result:
    """The result of a push in which no lesson was graded."""
    return Result(
        schema="course/result/v1",
        submission=name,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        python=".".join(map(str, sys.version_info[:3])),
        seconds=0.0,
        isolation=kept[0].isolation if kept else "",
        points=0,
        max_points=0,
        lessons=(),
        language=language,
        visibility="student",
        notes=tuple(note.told(language) for note in notes),
    )
