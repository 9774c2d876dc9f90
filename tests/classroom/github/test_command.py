"""`course github`: what a push tells, and where."""

import base64
import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import pytest

from course.classroom.github import grading
from course.command import main
from course.grade import GradingError, Views
from course.lessons import all_lessons
from course.report.model import from_json
from tests.classroom.github.conftest import Write
from tests.report import samples
from tests.report.dangers import commands_in
from tests.report.reporter import reported

Capture = pytest.CaptureFixture[str]
KEYS = [lesson.key for lesson in all_lessons()]


def push(workflow: Path, *options: str) -> int:
    return main(["github", "--cache", str(workflow / "cache"), "--into", str(workflow / "into"), *options])


def outputs(workflow: Path) -> dict[str, str]:
    """What the step gave, as the runner reads it."""
    return dict(line.split("=", 1) for line in (workflow / "output").read_text("utf-8").splitlines())


def test_a_wrong_submission_is_told_in_all_ways(workflow: Path, write: Write, capsys: Capture) -> None:
    """Through the real grader: the points agree everywhere, and the rest of the course is not begun."""
    write("t01", "mistakes/start_join_one_loop.py")
    assert push(workflow, "--require-isolation", "basic") == 0
    given = outputs(workflow)
    assert list(given) == [*KEYS, "graded"]
    assert given["graded"] == "1"
    told = reported(",".join(KEYS), {f"{key.upper()}_RESULTS": given[key] for key in KEYS})
    assert told.notice == told.table == (7, sum(lesson.max_points for lesson in all_lessons()))
    assert told.code == 1

    result = from_json((workflow / "into" / "results.json").read_bytes())
    assert (result.submission, result.visibility, result.points) == ("cs101/exercises-alice", "student", 7)
    assert parse(workflow / "into" / "junit.xml").getroot().get("failures") == str(len(KEYS))
    summary = (workflow / "summary.md").read_text("utf-8")
    assert summary.startswith("## 7 of ")
    address = "https://github.com/cs101/exercises-alice/blob/0123456789abcdef0123456789abcdef01234567"
    assert f"({address}/exercises/t01_quotes/quotes.py#L" in summary

    log = capsys.readouterr().out
    (annotation,) = commands_in(log)
    assert annotation.startswith("::error file=exercises/t01_quotes/quotes.py,line=")
    assert "one after another" in annotation
    assert "t03_gate" in log


def test_a_push_without_work_is_quick_and_says_where_to_begin(workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "grade_views", None)
    assert push(workflow) == 0
    assert "Nothing is begun yet." in (workflow / "summary.md").read_text("utf-8")
    report = json.loads(base64.b64decode(outputs(workflow)["t01"]))
    assert (report["status"], {test["score"] for test in report["tests"]}) == ("fail", {0})


def test_the_second_push_says_what_was_not_graded_again(
    workflow: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("t01", "x = 1\n")
    monkeypatch.setattr(grading, "grade_views", lambda *_, **__: Views(samples.right(), samples.right()))
    assert push(workflow) == 0
    assert push(workflow) == 0
    assert outputs(workflow)["graded"] == "0"
    told = from_json((workflow / "into" / "results.json").read_bytes())
    assert told.notes == ("Not changed since an earlier push, so not graded again: t01_quotes.",)


def test_it_speaks_the_language_that_is_asked_for(workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert push(workflow, "--lang", "zh") == 0
    assert "还没有开始" in (workflow / "summary.md").read_text("utf-8")


def test_an_empty_language_is_the_courses(workflow: Path) -> None:
    """An input that nobody gives arrives as the empty text."""
    assert push(workflow, "--lang", "") == 0
    assert "Nothing is begun yet." in (workflow / "summary.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_SERVER_URL"])
def test_an_odd_address_gives_no_link(workflow: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x](javascript:alert(1))")
    assert push(workflow) == 0
    assert "](" not in (workflow / "summary.md").read_text("utf-8")


def test_a_grader_that_cannot_work_is_an_error_of_the_step(
    workflow: Path, write: Write, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It exits with 2, and the reporter never reads half a result."""

    def fail(*_: Any, **__: Any) -> Views:
        raise GradingError("Nothing was graded:\n::set-output name=t01::10\nisolation strong is required")

    write("t01", "x = 1\n")
    monkeypatch.setattr(grading, "grade_views", fail)
    assert push(workflow) == 2
    (told,) = capsys.readouterr().out.splitlines()
    assert told.startswith("::error title=The grader could not work::Nothing was graded:%0A: :set-output name=t01: :10")
    assert not (workflow / "output").exists()


def test_a_folder_that_is_missing_is_an_error_in_the_language_of_the_reports(
    workflow: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(workflow / "nowhere"))
    assert push(workflow, "--lang", "zh") == 2
    assert capsys.readouterr().out.startswith("::error title=评分程序出了故障::找不到文件夹 ")


def test_outside_of_a_workflow_it_says_so(workflow: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT")
    assert push(workflow) == 2
    assert "runs in a GitHub workflow, which sets GITHUB_OUTPUT." in capsys.readouterr().out
