"""Grading in part: which lessons have to be graded again, and what stands for those that were never begun."""

from pathlib import Path

import msgspec
import pytest

from course.classroom import partial
from course.classroom.partial import content_key, graded_with, is_stub, may_be_kept, not_begun, with_lessons
from course.code_texts import in_chinese
from course.judge.submission import Module, read_module
from course.language import LANGUAGES, say
from course.lessons import Lesson, all_lessons
from course.report.model import Result
from tests.report import samples

MODULE = Module("def fetch_quotes(symbols, fetch):\n    return {}\n")


@pytest.fixture
def lesson() -> Lesson:
    """The first lesson."""
    return all_lessons()[0]


def test_the_key_is_the_same_for_the_same_work(lesson: Lesson) -> None:
    assert content_key(lesson, MODULE, ["en"]) == content_key(lesson, Module(MODULE.source), ["en"])


@pytest.mark.parametrize(
    ("module", "terms"),
    [
        (Module(MODULE.source + "\n"), ["en"]),
        (Module("", say("quotes.py is a link.")), ["en"]),
        (MODULE, ["zh"]),
        (MODULE, ["en", ""]),
        (Module(MODULE.source + "e"), ["n"]),
        (Module("\ud800"), ["en"]),
    ],
    ids=["module", "problem", "language", "one more term", "moved border", "lone surrogate"],
)
def test_the_key_is_another_one_when_anything_is_different(lesson: Lesson, module: Module, terms: list[str]) -> None:
    assert content_key(lesson, module, terms) != content_key(lesson, MODULE, ["en"])


@pytest.mark.parametrize(
    "changed",
    [
        "graders/t01_quotes/scenarios.py",
        "graders/t01_quotes/lesson.toml",
        "graders/settings.toml",
        "solutions/t01_quotes/quotes.py",
        "exercises/t01_quotes/README.md",
        "course/lab/scheduler.py",
        "course/report/terminal.toml",
    ],
)
def test_whatever_grades_a_lesson_is_part_of_its_key(
    lesson: Lesson, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = graded_with.__wrapped__(lesson)
    fingerprint = partial._fingerprint

    def as_if_changed(path: Path) -> str:
        return "changed" if path.as_posix().endswith(changed) else fingerprint(path)

    monkeypatch.setattr(partial, "_fingerprint", as_if_changed)
    assert graded_with.__wrapped__(lesson) != before


def test_another_lesson_and_the_authors_examples_are_not_part_of_it(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = graded_with.__wrapped__(lesson)
    fingerprint = partial._fingerprint

    def as_if_changed(path: Path) -> str:
        is_elsewhere = lesson.name not in path.parts and path.parts[-2] in {each.name for each in all_lessons()}
        return "changed" if is_elsewhere or "mistakes" in path.parts else fingerprint(path)

    monkeypatch.setattr(partial, "_fingerprint", as_if_changed)
    assert graded_with.__wrapped__(lesson) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_stub_is_the_stub_in_any_language_however_an_editor_has_saved_it(
    lesson: Lesson, language: str, tmp_path: Path
) -> None:
    stub = in_chinese(lesson.exercise) if language == "zh" else lesson.exercise.read_text(encoding="utf-8")
    place = tmp_path / lesson.name / lesson.filename
    place.parent.mkdir()
    for saved in (stub, f"{stub}\n", stub.replace("\n", "\r\n"), f"\ufeff{stub}"):
        place.write_bytes(saved.encode())
        assert is_stub(lesson, read_module(tmp_path, lesson))
    assert not is_stub(lesson, Module(stub.replace("raise NotImplementedError()", "return {}", 1)))
    assert not is_stub(lesson, Module("", say("quotes.py is a link.")))


def test_a_lesson_that_was_not_begun_has_all_its_checks_and_no_points(lesson: Lesson) -> None:
    result = not_begun(lesson, "en")
    assert (result.points, result.max_points, result.problem) == (0, 10, "not begun yet")
    assert [check.id for check in result.checks] == [check.id for check in lesson.checks]
    assert {check.status for check in result.checks} == {"not_reached"}
    assert not_begun(lesson, "zh").problem == "尚未开始"


def test_what_the_grader_broke_is_not_kept() -> None:
    assert may_be_kept(samples.lesson(samples.check("empty"), samples.check("all_in_flight", "failed")))
    assert not may_be_kept(samples.lesson(samples.check("empty"), samples.check("all_in_flight", "broken")))


def test_a_result_put_together_has_the_points_of_its_lessons(lesson: Lesson) -> None:
    result = with_lessons(samples.everything(), [not_begun(lesson, "en"), samples.lesson(samples.check("empty"))])
    assert result.points == sum(each.points for each in result.lessons)
    assert result.max_points == sum(each.max_points for each in result.lessons)
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result
