"""The commands for Classroom 50: make autograders, and grade as one of them asks for it."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from course.arguments import add_untested_python
from course.classroom.classroom50.export import autograders
from course.classroom.editions import ReleaseError
from course.grade import grade_views
from course.judge.isolation import LEVELS
from course.judge.submission import check_folder, place_of
from course.language import tell
from course.lessons import lessons_named
from course.report.classroom50 import NotClassroom50Error, result_json
from course.report.sinks import log_lines
from course.report.summary import summary

WORKED, CANNOT_WORK = 0, 2


def add_to(commands: Any) -> None:
    """Add the commands to the parser's."""
    command = commands.add_parser("export", help=tell("make what other systems need to use this grader (instructors)"))
    systems = command.add_subparsers(required=True, metavar="SYSTEM")
    command = systems.add_parser("classroom50", help=tell("an autograder.py for each lesson, for Classroom 50"))
    command.add_argument("lessons", nargs="*", metavar="LESSON", help=tell("t01, quotes or t01_quotes (default: all)"))
    command.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help=tell("CLASSROOM/autograders, for example")
    )
    command.add_argument(
        "--grader", metavar="ORG/REPO@REF", help=tell("where your copy of this lies, for runners without it")
    )
    command.set_defaults(run=_export)

    command = commands.add_parser(
        "classroom50", help=tell("grade one lesson for Classroom 50 (its autograder.py runs this)")
    )
    command.add_argument("lesson", metavar="LESSON", help=tell("t01, quotes or t01_quotes"))
    command.add_argument(
        "--submission", type=Path, default=Path(), metavar="DIR", help=tell("default: the current folder")
    )
    command.add_argument(
        "--require-isolation", choices=LEVELS, default=LEVELS[-1], help=tell("refuse to grade with less")
    )
    command.set_defaults(run=_grade)
    add_untested_python(command)


def _export(options: argparse.Namespace) -> int:
    lessons, unknown = lessons_named(options.lessons)
    if unknown:
        return _refuse(_no_such_lesson(", ".join(unknown)))
    try:
        files = autograders(lessons, options.grader)
    except ReleaseError as error:
        return _refuse(str(error))
    for path, content in files.items():
        place = options.into / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        print(f"wrote {place}")
    return WORKED


def _grade(options: argparse.Namespace) -> int:
    """Write result.json and release-body.md into the submission, as Classroom 50's runner expects them there."""
    lessons, unknown = lessons_named([options.lesson])
    if unknown:
        return _refuse(_no_such_lesson(options.lesson))
    check_folder(options.submission)
    name = os.environ.get("SUBMISSION_TAG", "")
    terms = {"isolation": options.require_isolation, "untested_python": options.untested_python}
    result = grade_views(options.submission, lessons, name=name, **terms).student
    broken = [check.id for lesson in result.lessons for check in lesson.checks if check.status == "broken"]
    if broken:
        checks = ", ".join(broken)
        return _refuse(tell("The grader could not work: {checks}. The submission is not to blame.", checks=checks))
    try:
        document = result_json(result, os.environ)
    except NotClassroom50Error as error:
        return _refuse(str(error))
    places = {lesson.name: place_of(options.submission, lesson).as_posix() for lesson in lessons}
    _put(options.submission / "result.json", document)
    _put(options.submission / "release-body.md", summary(result, places))
    return WORKED


def _no_such_lesson(name: str) -> str:
    return tell("There is no lesson {name}; `course list` shows them all.", name=name)


def _put(place: Path, text: str) -> None:
    """Write a file, in the place of whatever a student has committed there."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, place)


def _refuse(reason: str) -> int:
    print(log_lines(f"course: {reason}"), file=sys.stderr)
    return CANNOT_WORK
