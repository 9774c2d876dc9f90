"""`course serve-git`: a class on plain git, for instructors."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from course.arguments import add_untested_python
from course.judge.isolation import LEVELS
from course.language import LANGUAGES, speaking, tell
from course.report.sinks import log_lines

DONE, SOME_NOT_GRADED, CANNOT_WORK = 0, 1, 2


def add_to(commands: Any) -> None:
    """Add the command to those of `course`."""
    command = commands.add_parser(
        "serve-git", help=tell("make a git repository per student that grades what is pushed to it")
    )
    command.add_argument("folder", type=Path, metavar="DIR", help=tell("a new folder, or one that this has made"))
    command.add_argument(
        "--roster", type=Path, metavar="FILE", help=tell("names, one per line, or a CSV column `student`")
    )
    command.add_argument("--require-isolation", choices=LEVELS, help=tell("grade nothing with less (default: strong)"))
    command.add_argument("--key", type=Path, metavar="FILE", help=tell("draw the schedules with this secret of yours"))
    command.add_argument("--lang", choices=LANGUAGES, help=tell("the language of reports (default: the course's)"))
    command.add_argument(
        "--results", action="store_true", help=tell("print the newest results as CSV, and do nothing else")
    )
    command.set_defaults(run=_serve)
    add_untested_python(command)


def _serve(options: argparse.Namespace) -> int:
    from course.classroom.editions import ReleaseError
    from course.classroom.git_server.git import GitError
    from course.classroom.git_server.roster import RosterError
    from course.classroom.git_server.server import ServerError

    options.folder = options.folder.resolve()
    try:
        return _print_results(options.folder) if options.results else _bring_up(options)
    except (GitError, ReleaseError, RosterError, ServerError) as error:
        print(log_lines(f"course: {error}"), file=sys.stderr)
        return CANNOT_WORK


def _print_results(folder: Path) -> int:
    from course.classroom.git_server.gradebook import gradebook
    from course.classroom.git_server.server import open_server
    from course.classroom.git_server.store import to_do

    server = open_server(folder)
    print(gradebook(server), end="")
    ungraded = [push.student for student in server.students for push in to_do(server, student)]
    if ungraded:
        told = tell(
            "Not graded yet, because they wait or were postponed: {pushes}. `course serve-git {folder}` grades them.",
            pushes=_whose(ungraded),
            folder=str(folder),
        )
        print(log_lines(told), file=sys.stderr)
    return DONE


def _whose(students: list[str]) -> str:
    """The students, each once and with how many pushes."""
    return ", ".join(f"{student} ({count})" for student, count in sorted(Counter(students).items()))


def _bring_up(options: argparse.Namespace) -> int:
    from course.classroom.git_server import bringing_up, missing, server
    from course.classroom.git_server.roster import RosterError, read_roster
    from course.lessons import all_lessons
    from course.settings import settings

    bringing_up.check_place(options.folder)
    is_new = not (options.folder / server.CONFIG).exists()
    if is_new and not options.roster:
        raise RosterError("Who is in the class? `--roster FILE` names a file with one name per line.")
    roster = read_roster(options.roster) if options.roster else []
    before = server.Terms() if is_new else server.open_server(options.folder).terms
    terms = msgspec.structs.replace(
        before,
        isolation=options.require_isolation or before.isolation,
        key=str(options.key.resolve()) if options.key else before.key,
        language=options.lang or before.language,
        untested_python=options.untested_python,
    )
    bringing_up.check_terms(terms)
    made = server.Server(options.folder, terms)
    language = terms.language or settings().lang or "en"
    files = bringing_up.release_files(list(all_lessons()), language)
    with speaking(language):
        told = bringing_up.bring_up(made, roster, files)
    print(log_lines("\n".join(told)))
    graded, failed = missing.grade_missing(made)
    if graded:
        print(tell("Graded now, because they had no result: {pushes}.", pushes=_whose(graded)))
    if failed:
        print(tell("The grader could not work; see errors.log and the results: {pushes}.", pushes=_whose(failed)))
    return SOME_NOT_GRADED if failed else DONE
