"""`course github`: grade what was pushed, in a GitHub workflow, and tell it in all the ways that GitHub shows."""

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from course.arguments import add_untested_python
from course.classroom.github.cache import Cache
from course.classroom.github.grading import Graded, grade_changed
from course.grade import GradingError
from course.judge.isolation import LEVELS
from course.judge.submission import SubmissionError, check_folder, place_of
from course.language import LANGUAGES, Words, speaking, spoken, tell
from course.lessons import CatalogueError, all_lessons
from course.report import junit, terminal
from course.report.annotations import annotations
from course.report.model import Result, add_notes, to_json
from course.report.reporter import outputs
from course.report.sinks import command_message
from course.report.summary import Link, no_link, summary
from course.settings import settings

WORKED, CANNOT_WORK = 0, 2
WORDS = Words(Path(__file__).with_name("github.toml"))
LONGEST_REASON = 4000
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40,64}")
SERVER = re.compile(r"https://[\w.:-]+", re.ASCII)


class WorkflowError(Exception):
    """Nothing can be told, because no workflow runs this; the message says what is missing."""


class Workflow(NamedTuple):
    """What a step of a workflow is given: the student's checkout, and the files that it may write to."""

    checkout: Path
    output: Path
    summary: Path


def add_to(commands: Any) -> None:
    """Add the command to the parser's."""
    command = commands.add_parser(
        "github", help=tell("grade a push, in a GitHub workflow (.github/actions/grade runs it)")
    )
    command.add_argument(
        "--cache", type=Path, required=True, metavar="DIR", help=tell("with the results of earlier pushes")
    )
    command.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help=tell("write results.json and junit.xml here")
    )
    command.add_argument(
        "--require-isolation", choices=LEVELS, default=LEVELS[-1], help=tell("refuse to grade with less")
    )
    command.add_argument(
        "--lang", type=_language, metavar="|".join(LANGUAGES), help=tell("the language of all reports")
    )
    command.set_defaults(run=run)
    add_untested_python(command)


def _language(text: str) -> str | None:
    """A language, or None for the empty text that an input of an action has when nobody gives one."""
    if text and text not in LANGUAGES:
        no_such = tell(
            "there is no language {text}; there are {languages}", text=repr(text), languages=", ".join(LANGUAGES)
        )
        raise argparse.ArgumentTypeError(no_such)
    return text or None


def run(options: argparse.Namespace) -> int:
    """Grade, and tell it; 0 whatever the points are, 2 when the grader could not work."""
    try:
        _grade_and_tell(options, _workflow(os.environ))
    except (CatalogueError, GradingError, OSError, SubmissionError, WorkflowError) as error:
        print(f"::error title={WORDS['could_not_work']}::{command_message(_reason(error), LONGEST_REASON)}")
        return CANNOT_WORK
    return WORKED


def _reason(error: Exception) -> str:
    return error.told.told(spoken()) if isinstance(error, SubmissionError) else str(error)


def _workflow(environment: Mapping[str, str]) -> Workflow:
    names = ("GITHUB_WORKSPACE", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise WorkflowError(f"`course github` runs in a GitHub workflow, which sets {', '.join(missing)}.")
    return Workflow(*(Path(environment[name]) for name in names))


def _grade_and_tell(options: argparse.Namespace, workflow: Workflow) -> None:
    check_folder(workflow.checkout)
    lessons = list(all_lessons())
    graded = grade_changed(
        workflow.checkout,
        lessons,
        cache=Cache(options.cache),
        name=os.environ.get("GITHUB_REPOSITORY", ""),
        isolation=options.require_isolation,
        language=options.lang or settings().language(os.environ),
        untested_python=options.untested_python,
    )
    result = add_notes(graded.result, _notes(graded))
    places = {lesson.name: place_of(workflow.checkout, lesson).as_posix() for lesson in lessons}
    _write_reports(result, options.into)
    _append(workflow.output, "".join(f"{name}={value}\n" for name, value in outputs(result, places).items()))
    _append(workflow.output, f"graded={len(graded.now)}\n")
    _append(workflow.summary, summary(result, places, _link(os.environ)))
    terminal.print_report(result, terminal.report_console(sys.stdout))
    print("\n".join(annotations(result, places)))


def _notes(graded: Graded) -> list[str]:
    with speaking(graded.result.language):
        return [WORDS["before"].format(lessons=", ".join(graded.before))] if graded.before else []


def _write_reports(result: Result, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(to_json(result), encoding="utf-8")
    (folder / "junit.xml").write_text(junit.to_junit(result), encoding="utf-8")


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(text)


def _link(environment: Mapping[str, str]) -> Link:
    """Addresses of the files in the commit that was pushed."""
    server, repository, commit = (environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA"))
    if not (SERVER.fullmatch(server) and REPOSITORY.fullmatch(repository) and COMMIT.fullmatch(commit)):
        return no_link
    return lambda place: f"{server}/{repository}/blob/{commit}/{quote(place, safe='/#')}"
