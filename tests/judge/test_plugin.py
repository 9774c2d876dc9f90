"""`pytest graders/<lesson> --submission DIR`: what people see who call pytest themselves."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element, parse

import pytest
from freezegun import freeze_time

from course.judge.bench import Bench
from course.judge.kill_matrix import load_checks
from course.judge.plugin import Session, pytest_configure
from course.lessons import ROOT, all_lessons
from course.report.model import Result, from_json
from course.settings import Settings

GRADERS = ROOT / "graders"
WRONG_ORDER = (GRADERS / "t01_quotes" / "mistakes" / "completion_order.py").read_text(encoding="utf-8")
RIGHT = (ROOT / "solutions" / "t01_quotes" / "quotes.py").read_text(encoding="utf-8")
SLOW = (GRADERS / "t01_quotes" / "mistakes" / "start_join_one_loop.py").read_text(encoding="utf-8")
DIES = "import os\n\n\ndef fetch_quotes(symbols, fetch):\n    os._exit(0)\n"

Judge = Callable[..., "Outcome"]


class Outcome:
    """What pytest has left: exit code, words, its own report and our result."""

    def __init__(self, done: "subprocess.CompletedProcess[str]", folder: Path) -> None:
        self.code = done.returncode
        self.text = done.stdout + done.stderr
        self._folder = folder

    @property
    def cases(self) -> dict[str, Element | None]:
        """By check: what was wrong with it."""
        report = parse(self._folder / "report.xml")
        return {case.attrib["name"]: next(iter(case), None) for case in report.iter("testcase")}

    @property
    def result(self) -> Result:
        """The result file."""
        return from_json((self._folder / "result.json").read_bytes())


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Run pytest on a submission with this `quotes.py` (None: without), with further arguments."""

    def run(source: str | None, *arguments: str, graders: str = "graders/t01_quotes") -> Outcome:
        folder = tmp_path / "submission"
        (folder / "t01_quotes").mkdir(parents=True)
        if source is not None:
            (folder / "t01_quotes" / "quotes.py").write_text(source, encoding="utf-8")
        files = ["--junit-xml", str(tmp_path / "report.xml"), "--result", str(tmp_path / "result.json")]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                graders,
                "-p",
                "no:randomly",
                "--submission",
                str(folder),
                *files,
                *arguments,
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Outcome(done, tmp_path)

    return run


def test_a_right_submission_passes_and_has_its_points_in_the_summary(judge: Judge) -> None:
    got = judge(RIGHT)
    assert got.code == 0, got.text
    assert set(got.cases.values()) == {None} or all(part is None for part in got.cases.values())
    assert "points of submission" in got.text
    assert (got.result.points, got.result.max_points, got.result.submission) == (10, 10, "submission")


def test_a_wrong_result_fails_and_the_later_checks_are_skipped_as_not_reached(judge: Judge) -> None:
    got = judge(WRONG_ORDER, "--submission-name", "somebody")
    assert got.code == 1
    kinds = {name: None if part is None else part.tag for name, part in got.cases.items()}
    assert kinds == {
        "test_values_and_order": "failure",
        "test_empty": None,
        **dict.fromkeys(
            ("test_all_in_flight", "test_off_main_thread", "test_error_after_all_done", "test_no_threads_left"),
            "skipped",
        ),
    }
    skipped = got.cases["test_all_in_flight"]
    assert skipped is not None
    assert "not reached: comes after values_and_order" in str(skipped.attrib["message"])
    assert got.result.submission == "somebody"


@pytest.mark.parametrize("source", [SLOW, DIES], ids=["slow", "dies"])
def test_a_failure_is_told_in_the_students_terms_without_a_traceback_of_ours(judge: Judge, source: str) -> None:
    got = judge(source)
    assert got.code == 1
    told = [part.text or "" for part in got.cases.values() if part is not None and part.tag == "failure"]
    assert told
    for text in told:
        assert text.startswith("expected   ")
        assert all(f"\n{part}" in text for part in ("got ", "why ", "hint "))
    for ours in ("course/judge", "grading.py", "_NotPassed", "CheckFailed", "Traceback"):
        assert ours not in got.text


def test_a_missing_module_reaches_no_check_and_gives_no_points(judge: Judge) -> None:
    got = judge(None)
    assert all(part is not None and part.tag == "skipped" for part in got.cases.values())
    (lesson,) = got.result.lessons
    assert lesson.problem == "quotes.py was not handed in: the folder t01_quotes does not have it."
    assert lesson.points == 0


def test_a_file_that_can_hide_code_is_pointed_out_to_instructors(judge: Judge, tmp_path: Path) -> None:
    got = judge(f"# coding: utf-7\n{RIGHT}", "--student-result", str(tmp_path / "student.json"))
    (lesson,) = got.result.lessons
    assert lesson.problem.startswith(
        "quotes.py declares the encoding `utf-7` in line 1, with which Python may run other"
    )
    (note,) = got.result.notes
    assert note.startswith("t01_quotes/quotes.py declares the encoding `utf-7`")
    student = from_json((tmp_path / "student.json").read_bytes())
    assert student.lessons[0].problem == lesson.problem
    assert student.notes == ()


def test_a_missing_module_is_no_green_run(judge: Judge) -> None:
    """Nobody who looks at exit codes only may take it for a success."""
    assert judge(None).code == 1


def test_a_missing_folder_is_said_without_a_traceback(judge: Judge) -> None:
    got = judge(RIGHT, "--submission", "/nowhere")
    assert got.code == 4
    assert "There is no folder /nowhere." in got.text
    assert "Traceback" not in got.text


def test_collecting_only_starts_nothing(judge: Judge) -> None:
    got = judge(DIES, "--collect-only", "-q")
    assert got.code == 0
    assert "test_quotes.py::test_values_and_order" in got.text
    assert "points of" not in got.text


def test_one_check_can_be_chosen_and_the_others_count_as_absent(judge: Judge) -> None:
    """The result always speaks of all checks of the lesson."""
    got = judge(RIGHT, "-k", "test_empty")
    assert got.code == 0
    (lesson,) = got.result.lessons
    assert [check.status for check in lesson.checks if check.id != "empty"] == ["broken"] * 5
    assert (lesson.points, lesson.max_points) == (1, 10)


def test_a_result_says_in_utc_when_the_grading_began(tmp_path: Path) -> None:
    """Deadlines are compared with it; the local time of whoever grades must not matter."""
    no_bench: Any = SimpleNamespace(width=1, isolation=SimpleNamespace(said="strong"))
    with freeze_time("2026-03-01 09:30:00"):
        session = Session(tmp_path, "alice", no_bench)
        assert session.results("en", "promise").full.graded_at == "2026-03-01T09:30:00+00:00"
    session.close()


@pytest.mark.parametrize(("reaching", "points"), [("note", 10), ("zero", 0)])
def test_a_setting_says_what_it_costs_to_reach_into_the_grader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reaching: Any, points: int
) -> None:
    (tmp_path / "t01_quotes").mkdir()
    (tmp_path / "t01_quotes" / "quotes.py").write_text(f"import gc\nfind = gc.get_objects\n{RIGHT}", encoding="utf-8")
    monkeypatch.setattr("course.judge.plugin.settings", lambda: Settings(reaching=reaching))
    (lesson,) = (lesson for lesson in all_lessons() if lesson.key == "t01")
    bench = Bench(width=1)
    try:
        session = Session(tmp_path, "alice", bench)
        session.start({lesson.name: load_checks(lesson)})
        results = session.results("en", "promise")
    finally:
        session.close()
        bench.close()
    assert (results.full.points, results.student.points) == (points, points)
    assert [note.kind for note in results.full.lessons[0].notes] == ["reaches"]
    told = results.student.lessons[0].problem + " ".join(note.text for note in results.student.lessons[0].notes)
    assert "line 2" in told
    assert ("earns no points" in told) == (points == 0)


def test_an_environment_that_is_older_than_our_requirements_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    asked = SimpleNamespace(getoption=lambda _: "result.json", option=SimpleNamespace(collectonly=False))
    with pytest.raises(pytest.UsageError, match=r"lacks the library greenlet\. Run `pip install -e \.` again\.$"):
        pytest_configure(asked)  # type: ignore[arg-type]
