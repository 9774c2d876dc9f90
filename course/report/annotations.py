"""A result as annotations of a GitHub workflow: each stands beside the student's own line in the changed files."""

from collections.abc import Iterator, Mapping
from itertools import chain

from course.language import speaking
from course.report.escape import harmless
from course.report.model import CheckResult, LessonResult, Note, Result
from course.report.sentences import WORDS
from course.report.sinks import command_message, command_property
from course.report.summary import WORDS as OF_SUMMARIES
from course.report.visible import one_line

MOST = 10  # that GitHub shows of one step


def annotations(result: Result, places: Mapping[str, str]) -> list[str]:
    """Workflow commands, one a line: the first failure of each lesson that was begun, then the others, then notes.

    `places` are the paths of the lessons' modules in the repository.
    """
    result = harmless(result)
    with speaking(result.language):
        told = [list(_of_lesson(lesson, places[lesson.lesson])) for lesson in result.lessons if lesson.begun]
        notes = [_of_note(lesson, note, places[lesson.lesson]) for lesson in result.lessons for note in lesson.notes]
    first, others = (each[:1] for each in told), (each[1:] for each in told)
    return list(chain(*first, *others, notes))[:MOST]


def _of_lesson(lesson: LessonResult, place: str) -> Iterator[str]:
    if lesson.problem:
        yield _command("error", place, 1, f"{lesson.lesson}: {lesson.title}", lesson.problem)
    for check in lesson.checks:
        if check.failure:
            yield _of_check(lesson, check, place)


def _of_check(lesson: LessonResult, check: CheckResult, place: str) -> str:
    failure = check.failure
    assert failure is not None
    name = failure.diagnosis.name if failure.diagnosis else check.says
    told = [
        _labelled("expected", one_line(failure.expected)),
        _labelled("got", one_line(failure.got)),
        _labelled("hint", failure.hint),
    ]
    message = "\n".join((check.says, *told))
    return _command("error", place, failure.look_at.line if failure.look_at else 1, f"{lesson.lesson}: {name}", message)


def _of_note(lesson: LessonResult, note: Note, place: str) -> str:
    level = "notice" if note.kind == "unusual" else "warning"
    return _command(level, place, note.line or 1, f"{lesson.lesson}: {lesson.title}", note.text)


def _labelled(label: str, text: str) -> str:
    return OF_SUMMARIES["labelled"].format(label=WORDS[label], text=text)


def _command(level: str, place: str, line: int, title: str, message: str) -> str:
    properties = f"file={command_property(place)},line={line},title={command_property(title)}"
    return f"::{level} {properties}::{command_message(message, 2000)}"
