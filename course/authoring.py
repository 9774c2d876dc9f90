"""The commands of those who write lessons: stubs, the kill matrix, translations."""

import argparse
import sys
from typing import Any

from rich.console import Console

from course import stubs, translations
from course.arguments import add_untested_python
from course.language import tell
from course.lessons import ROOT, all_lessons, lessons_named
from course.report.sinks import log_lines
from course.stubs import StubError

__all__ = ["StubError", "add_to"]

DONE, PROBLEMS, CANNOT_WORK = 0, 1, 2


def add_to(commands: Any) -> None:
    """Add the commands to those of `course`."""
    command = commands.add_parser("stubs", help=tell("make the exercises' stubs from the solutions (authors)"))
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--check", action="store_true", help=tell("exit 1 when a stub is not up to date"))
    which.add_argument("--write", action="store_true", help=tell("write the stubs that are not up to date"))
    command.set_defaults(run=_stubs)

    command = commands.add_parser("verify", help=tell("show which check kills which mistake (authors)"))
    command.add_argument("lessons", nargs="*", metavar="LESSON", help=tell("t01, quotes or t01_quotes (default: all)"))
    command.set_defaults(run=_verify)
    add_untested_python(command)

    command = commands.add_parser(
        "translations", help=tell("find texts that are not, or no longer, in Chinese (authors)")
    )
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--check", action="store_true", help=tell("exit 1 when a translation is missing or out of date"))
    which.add_argument(
        "--write",
        nargs="*",
        metavar="TEXT",
        help=tell("record that all translations fit, also those of these texts, whose English alone has changed"),
    )
    command.set_defaults(run=_translations)


def _stubs(options: argparse.Namespace) -> int:
    lessons = list(all_lessons())
    if options.write:
        for lesson in stubs.write_stubs(lessons):
            print(f"wrote {lesson.exercise.relative_to(ROOT)}")
        return DONE
    stale = stubs.stale_stubs(lessons)
    for lesson in stale:
        print(f"{lesson.exercise.relative_to(ROOT)} is not up to date: run `course stubs --write`")
    return PROBLEMS if stale else DONE


def _verify(options: argparse.Namespace) -> int:
    # Imported here: only authors of lessons need it, and everybody waits for imports.
    from course.judge.kill_matrix import verify_all
    from course.report.matrix import print_matrix

    lessons, unknown = lessons_named(options.lessons)
    for name in unknown:
        told = tell("There is no lesson {name}; `course list` shows them all.", name=name)
        print(f"course: {log_lines(told)}", file=sys.stderr)
    problems = 0
    for matrix in verify_all(lessons):
        print_matrix(matrix, Console())
        problems += len(matrix.problems)
    return CANNOT_WORK if unknown else PROBLEMS if problems else DONE


def _translations(options: argparse.Namespace) -> int:
    if options.write is not None:
        try:
            translations.record(options.write)
        except translations.Refused as refused:
            print(f"course: {refused}", file=sys.stderr)
            return PROBLEMS
    problems = translations.problems()
    for problem in problems:
        print(problem)
    return PROBLEMS if problems else DONE
