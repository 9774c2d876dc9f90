"""Grading in part: only the lessons whose module has changed, when everything that grades them is as it was.

A content key stands for all that a lesson's result depends on: the module, the lesson's graders, texts and solution,
this package, its dependencies and Python, and the terms that the caller names. Where the keys are equal, so are the
results, and the one that was kept is taken. A lesson whose module is the untouched stub is not graded at all.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from course.classroom.written import RUBBISH
from course.code_texts import in_chinese
from course.judge.submission import Module
from course.language import Language, say
from course.lessons import ROOT, Lesson
from course.report.model import CheckResult, LessonResult, Result

# Of a lesson's graders: what no submission is graded with.
AUTHORS_OWN = {"mistakes", "alternatives"}
# What the outcome of a run or the text of a report may depend on.
DEPENDENCIES = ("freezegun", "greenlet", "landlockpy", "msgspec", "pyseccomp", "pytest", "pytest-timeout", "rich")


def content_key(lesson: Lesson, module: Module, terms: Iterable[str]) -> str:
    """A name for all that the lesson's result depends on; `terms` are the language and whatever else is agreed on."""
    return _digest((graded_with(lesson), module.source, module.problem or "", *terms))


@cache
def graded_with(lesson: Lesson) -> str:
    """A name for all that grades the lesson here: its graders, its texts, the package, Python."""
    files = [
        *_below(lesson.grader),
        *_below(lesson.solution.parent),
        *_below(lesson.exercise.parent),
        *_of_all_lessons(),
    ]
    contents = (text for path in files for text in (path.relative_to(ROOT).as_posix(), _fingerprint(path)))
    return _digest((sys.version, *map(_version, DEPENDENCIES), *contents))


@cache
def _of_all_lessons() -> tuple[Path, ...]:
    graders = ROOT / "graders"
    return (*_below(ROOT / "course"), *(path for path in sorted(graders.glob("*")) if path.is_file()))


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = set(path.relative_to(folder).parts)
        if path.is_file() and not parts & (RUBBISH | AUTHORS_OWN):
            yield path


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _digest(parts: Iterable[str]) -> str:
    """A fingerprint of texts in a row; each with its length, so that none can pass for the end of another."""
    found = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(raw) + raw)
    return found.hexdigest()


def is_stub(lesson: Lesson, module: Module) -> bool:
    """True for the stub as it was released, in any language."""
    source, stub = module.source.rstrip(), lesson.exercise.read_text(encoding="utf-8")
    return not module.problem and (source == stub.rstrip() or source == in_chinese(lesson.exercise).rstrip())


def not_begun(lesson: Lesson, language: Language) -> LessonResult:
    """What an untouched stub earns: nothing, and no reproach."""
    problem = say("not begun yet").told(language)
    checks = tuple(
        CheckResult(
            id=check.id,
            group=check.group,
            says=check.says.said.told(language),
            status="not_reached",
            points=0,
            max_points=check.points,
            reason=problem,
        )
        for check in lesson.checks
    )
    title = lesson.title.said.told(language)
    return LessonResult(
        lesson=lesson.name,
        title=title,
        file=lesson.filename,
        points=0,
        max_points=lesson.max_points,
        checks=checks,
        problem=problem,
        begun=False,
    )


def may_be_kept(result: LessonResult) -> bool:
    """False when the grader was at fault: that is tried again."""
    return not any(check.status == "broken" for check in result.checks)


def with_lessons(result: Result, lessons: Iterable[LessonResult]) -> Result:
    """`result` with these lessons, in the order they are given, and their points."""
    chosen = tuple(lessons)
    return msgspec.structs.replace(
        result,
        lessons=chosen,
        points=sum(lesson.points for lesson in chosen),
        max_points=sum(lesson.max_points for lesson in chosen),
    )
