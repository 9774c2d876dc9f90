"""The `course` command."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from course import authoring, demo, pythons
from course.arguments import Parser, add_untested_python, language_among
from course.ending import Ended, end_on, scratch
from course.grade import GradingError, Views, grade_views
from course.judge.audience import in_language
from course.judge.isolation import LEVELS
from course.judge.replay import replay
from course.judge.starter import GraderBroken
from course.judge.submission import SubmissionError, check_folder
from course.judge.tokens import TokenError, token_of
from course.language import LANGUAGES, Language, Sentence, language_of, say, speaking, spoken, tell
from course.lessons import ROOT, CatalogueError, Lesson, all_lessons, holds_authors_files, lessons_named
from course.report import junit, terminal
from course.report.model import Result, add_notes, to_json
from course.report.sentences import WORDS
from course.report.sinks import log_lines
from course.settings import settings

ALL_POINTS, SOME_LOST, CANNOT_WORK = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code: 0 all points, 1 some lost, 2 the grader could not work."""
    arguments = sys.argv[1:] if arguments is None else arguments
    asked = language_among(arguments)
    language: Language = asked or language_of(os.environ)
    try:
        language = asked or settings().language(os.environ)
        with speaking(language):
            options = _parser().parse_args(arguments)
        language = getattr(options, "lang", None) or language
        refusal = pythons.refusal()
        if refusal and not getattr(options, "untested_python", True):
            print(f"course: {refusal.told(language)}", file=sys.stderr)
            return CANNOT_WORK
        end_on([signal.SIGHUP, signal.SIGTERM])
        with scratch(), speaking(language):
            code: int = options.run(options)
    except (GraderBroken, SubmissionError, TokenError) as error:
        print(log_lines(f"course: {in_language(error.told, language)}"), file=sys.stderr)
        return CANNOT_WORK
    except (CatalogueError, GradingError, authoring.StubError, OSError) as error:
        print(log_lines(f"course: {error}"), file=sys.stderr)
        return CANNOT_WORK
    except KeyboardInterrupt:
        print(f"course: {say('interrupted').told(language)}", file=sys.stderr)
        return CANNOT_WORK
    except Ended as ended:
        print(f"course: {say('ended by {signal}', signal=ended.signal.name).told(language)}", file=sys.stderr)
        raise
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="course", description=tell("Grade Python concurrency exercises."))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("grade", help=tell("grade a folder of student files"))
    command.add_argument("folder", type=Path, metavar="DIR", help=tell("holds <lesson>/<module>.py for each lesson"))
    command.add_argument(
        "--require-isolation", choices=LEVELS, default=LEVELS[0], help=tell("refuse to grade on a machine with less")
    )
    command.add_argument("--key", type=Path, metavar="FILE", help=tell("draw the schedules with this secret of yours"))
    command.add_argument(
        "--visibility", choices=("full", "student"), default="full", help=tell("student: what the student would see")
    )
    command.set_defaults(run=_grade)
    _add_report_options(command)

    command = commands.add_parser("check", help=tell("grade your own work in exercises/"))
    command.set_defaults(
        run=_grade, folder=ROOT / "exercises", require_isolation=LEVELS[0], key=None, visibility="full"
    )
    _add_report_options(command)

    command = commands.add_parser(
        "replay", help=tell("run a failing schedule again, by the token that stands in the report")
    )
    command.add_argument("token", metavar="TOKEN", help=tell("as in t09.counts_not_lost.3f2a.1-1c-2"))
    command.add_argument(
        "--folder", type=Path, default=ROOT / "exercises", metavar="DIR", help=tell("default: exercises/")
    )
    command.add_argument("--svg", type=Path, metavar="FILE", help=tell("also draw what happened"))
    command.add_argument("--lang", choices=LANGUAGES, help=tell("the language of the report (default: LANG says it)"))
    command.set_defaults(run=_replay)
    add_untested_python(command)

    command = commands.add_parser("list", help=tell("show the lessons"))
    command.set_defaults(run=_list)

    command = commands.add_parser("solution", help=tell("show the authors' solution of a lesson that you have passed"))
    command.add_argument("lesson", metavar="LESSON", help=tell("t01, quotes or t01_quotes"))
    command.set_defaults(run=_solution)
    add_untested_python(command)

    if holds_authors_files():
        _add_authors_commands(commands)
    return parser


def _add_authors_commands(commands: Any) -> None:
    """What works only where mistakes and solutions lie in the open, not in the edition for self-study."""
    from course.classroom.classroom50 import command as classroom50
    from course.classroom.git_server import command as git_server
    from course.classroom.github import command as github

    command = commands.add_parser("demo", help=tell("grade a right and a wrong example submission"))
    command.set_defaults(run=_demo)
    add_untested_python(command)

    authoring.add_to(commands)

    command = commands.add_parser("release", help=tell("make the students' repository, or update it (instructors)"))
    command.add_argument("folder", type=Path, metavar="DIR", help=tell("a new folder, or one with an older release"))
    kind = command.add_mutually_exclusive_group(required=True)
    kind.add_argument(
        "--action", metavar="ORG/REPO@REF", help=tell("for a class on GitHub: where your copy of this lies")
    )
    kind.add_argument("--plain-git", action="store_true", help=tell("for a class without GitHub: no workflow"))
    kind.add_argument("--self-study", action="store_true", help=tell("for people who learn alone: with the grader"))
    command.add_argument(
        "--lang",
        choices=LANGUAGES,
        default="en",
        help=tell("the language of what students read: README.md, stubs, samples, reports"),
    )
    command.set_defaults(run=_release)

    github.add_to(commands)
    classroom50.add_to(commands)
    git_server.add_to(commands)


def _add_report_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("lessons", nargs="*", metavar="LESSON", help=tell("t01, quotes or t01_quotes (default: all)"))
    command.add_argument("--lang", choices=LANGUAGES, help=tell("the language of the report (default: LANG says it)"))
    command.add_argument("--json", action="store_true", help=tell("print the result as JSON instead of the report"))
    command.add_argument("--junit", type=Path, metavar="FILE", help=tell("also write the result as JUnit XML"))
    add_untested_python(command)


def _grade(options: argparse.Namespace) -> int:
    check_folder(options.folder)
    lessons, unknown = lessons_named(options.lessons)
    if not lessons:
        _complain_about(unknown)
        return CANNOT_WORK
    terms = {
        "isolation": options.require_isolation,
        "key": options.key,
        "language": options.lang,
        "untested_python": options.untested_python,
    }
    views = _grade_with_patience(options.folder, lessons, **terms)
    result = views.student if options.visibility == "student" else views.full
    result = add_notes(result, [note.told(result.language) for note in _no_such_lessons(unknown)])
    if options.junit:
        options.junit.write_text(junit.to_junit(result), encoding="utf-8")
    if options.json:
        print(to_json(result), end="")
    else:
        terminal.print_report(result, terminal.report_console(sys.stdout))
    return CANNOT_WORK if unknown else _exit_code(result)


def _no_such_lessons(names: list[str]) -> list[Sentence]:
    return [say("There is no lesson {name}; `course list` shows them all.", name=name) for name in names]


def _complain_about(names: list[str]) -> None:
    for sentence in _no_such_lessons(names):
        print(log_lines(f"course: {sentence.told(spoken())}"), file=sys.stderr)


def _grade_with_patience(folder: Path, lessons: list[Lesson], **terms: Any) -> Views:
    """Grade, with something that moves on the terminal meanwhile."""
    console = Console(stderr=True)
    with console.status(WORDS["grading"]) if console.is_terminal else nullcontext():
        return grade_views(folder, lessons, **terms)


def _exit_code(result: Result) -> int:
    if any(check.status == "broken" for lesson in result.lessons for check in lesson.checks):
        return CANNOT_WORK
    return ALL_POINTS if result.points == result.max_points else SOME_LOST


def _replay(options: argparse.Namespace) -> int:
    token = token_of(options.token)
    lessons, _ = lessons_named([token.lesson])
    if not lessons:
        _complain_about([token.lesson])
        return CANNOT_WORK
    check_folder(options.folder)
    verdict, followed = replay(token, lessons[0], options.folder)
    if verdict.status == "broken":
        print(log_lines(f"course: {in_language(verdict.reason, spoken())}"), file=sys.stderr)
        return CANNOT_WORK
    says, failure = in_language((lessons[0].check(token.check).says.said, verdict.failure), spoken())
    terminal.print_replay(says, failure, terminal.report_console(sys.stdout), followed=followed)
    if options.svg and failure is not None:
        from course.report import svg  # everybody waits for imports, and few want a drawing

        options.svg.write_text(svg.failure_svg(failure), encoding="utf-8")
    return ALL_POINTS if verdict.status == "passed" else SOME_LOST


def _list(_: argparse.Namespace) -> int:
    table = Table(box=None, pad_edge=False)
    for name in ("lesson", "title", "minutes", "max_points_column", "your_file"):
        right = name in ("minutes", "max_points_column")
        table.add_column(WORDS[name], justify="right" if right else "left", no_wrap=name != "title")
    for lesson in all_lessons():
        file = f"exercises/{lesson.name}/{lesson.filename}"
        table.add_row(lesson.name, lesson.title.said.told(spoken()), str(lesson.minutes), str(lesson.max_points), file)
    Console().print(table)
    return 0


def _solution(options: argparse.Namespace) -> int:
    """Show the solution of a lesson whose module in exercises/ gets all points now."""
    lessons, unknown = lessons_named([options.lesson])
    if unknown:
        _complain_about(unknown)
        return CANNOT_WORK
    lesson = lessons[0]
    terms = {"untested_python": options.untested_python}
    result = _grade_with_patience(ROOT / "exercises", lessons, **terms).full
    if _exit_code(result) != ALL_POINTS:
        not_yet = tell(
            "{lesson}: {points} of {max_points} points. The solution is shown when you have them all; "
            "`course check {key}` tells what is missing.",
            lesson=lesson.name,
            points=result.points,
            max_points=result.max_points,
            key=lesson.key,
        )
        print(not_yet)
        return _exit_code(result)
    print(lesson.reference, end="")
    return ALL_POINTS


def _demo(options: argparse.Namespace) -> int:
    """Grade both examples; 0 when the right one has all points and the wrong one lost some in every lesson."""
    lessons = list(all_lessons())
    with tempfile.TemporaryDirectory(prefix="course-") as temporary:
        wrong = demo.lay_out_wrong(Path(temporary) / "wrong", lessons)
        right = demo.lay_out_right(Path(temporary) / "right", lessons)
        terms = {"untested_python": options.untested_python}
        name = tell("an example with a classic mistake in every lesson")
        caught = _grade_with_patience(wrong, lessons, name=name, **terms).full
        terminal.print_report(caught, terminal.report_console(sys.stdout))
        passed = _grade_with_patience(right, lessons, name=tell("an example that is right"), **terms).full
        terminal.print_report(passed, terminal.report_console(sys.stdout))
    as_promised = passed.points == passed.max_points and all(
        lesson.points < lesson.max_points for lesson in caught.lessons
    )
    return 0 if as_promised else CANNOT_WORK


def _release(options: argparse.Namespace) -> int:
    from course.classroom.release import ReleaseError, release, told

    kind = {"action": options.action, "self_study": options.self_study, "language": options.lang}
    try:
        changes = release(options.folder, list(all_lessons()), **kind)
    except ReleaseError as error:
        print(log_lines(f"course: {error}"), file=sys.stderr)
        return CANNOT_WORK
    print(log_lines("\n".join(told(changes))))
    return 0
