"""Which lessons of a push are graded, and where the results of the others come from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from course.classroom.github import grading
from course.classroom.github.cache import Cache
from course.classroom.github.grading import Graded, grade_changed
from course.grade import Views
from course.lessons import all_lessons
from course.report.model import LessonResult
from tests.classroom.github.conftest import Write
from tests.report import samples

LESSONS = list(all_lessons())
Push = Callable[..., Graded]


def graded_result(name: str, points: int) -> LessonResult:
    """What a grader would say of a lesson."""
    check = samples.check("empty", "passed" if points else "failed", points=points, max_points=10)
    return samples.lesson(check, lesson=name)


@pytest.fixture
def push(student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Push:
    """Grade the student's repository, with a grader that gives each lesson so many points."""

    def push(points: int = 10, **changes: Any) -> Graded:
        def grade_views(folder: Path, lessons: list[Any], **terms: Any) -> Views:
            told = samples.result(*(graded_result(lesson.name, points) for lesson in lessons), isolation="strong")
            return Views(samples.hostile(), msgspec.structs.replace(told, visibility="student"))

        monkeypatch.setattr(grading, "grade_views", grade_views)
        terms = {"cache": Cache(tmp_path / "cache"), "name": "alice", "isolation": "basic", "language": "en"} | changes
        return grade_changed(student, LESSONS, **terms)

    return push


def points_of(graded: Graded) -> dict[str, int]:
    return {lesson.lesson: lesson.points for lesson in graded.result.lessons if lesson.begun}


def test_stubs_are_not_graded(push: Push) -> None:
    graded = push()
    assert (graded.now, graded.before) == ((), ())
    assert [lesson.lesson for lesson in graded.result.lessons] == [lesson.name for lesson in LESSONS]
    assert not any(lesson.begun for lesson in graded.result.lessons)
    assert (graded.result.points, graded.result.max_points) == (0, sum(lesson.max_points for lesson in LESSONS))


def test_a_folder_with_a_name_that_no_lesson_has_is_named_when_nothing_is_graded(push: Push, student: Path) -> None:
    """Otherwise it is the grader that names it."""
    (student / "exercises" / "t01_qotes").mkdir()
    assert push().result.notes == ("There is no lesson t01_qotes; its folder was not graded.",)
    assert push(language="zh").result.notes == ("没有 t01_qotes 这一课，它的文件夹没有评分。",)


def test_a_missing_module_is_not_begun(push: Push, student: Path) -> None:
    (student / "exercises" / "t01_quotes" / "quotes.py").unlink()
    assert push().now == ()


def test_a_module_under_another_name_is_graded_so_that_its_student_hears_of_it(push: Push, student: Path) -> None:
    """Someone has begun, who would otherwise read that nothing is there."""
    (student / "exercises" / "t01_quotes" / "quotes.py").rename(student / "exercises" / "t01_quotes" / "Quotes.py")
    assert push().now == ("t01_quotes",)


def test_a_changed_lesson_is_graded_once(push: Push, write: Write) -> None:
    write("t01", "x = 1\n")
    assert push(10).now == ("t01_quotes",)
    again = push(0)
    assert (again.now, again.before) == ((), ("t01_quotes",))
    assert points_of(again) == {"t01_quotes": 10}
    assert again.result.isolation == "strong"


def test_another_change_is_graded_and_the_rest_is_kept(push: Push, write: Write) -> None:
    write("t01", "x = 1\n")
    write("t03", "x = 1\n")
    push(10)
    write("t03", "x = 2\n")
    graded = push(0)
    assert (graded.now, graded.before) == (("t03_gate",), ("t01_quotes",))
    assert points_of(graded) == {"t01_quotes": 10, "t03_gate": 0}
    assert graded.result.points == 10


@pytest.mark.parametrize("change", [{"language": "zh"}, {"isolation": "guarded"}])
def test_on_other_terms_it_is_graded_again(push: Push, write: Write, change: dict[str, str]) -> None:
    write("t01", "x = 1\n")
    push()
    assert push(**change).now == ("t01_quotes",)


def test_what_the_grader_broke_is_tried_again(
    push: Push, write: Write, monkeypatch: pytest.MonkeyPatch, student: Path, tmp_path: Path
) -> None:
    write("t01", "x = 1\n")
    broken = samples.result(samples.lesson(samples.check("empty", "broken", reason="no more memory")))
    monkeypatch.setattr(grading, "grade_views", lambda *_, **__: Views(broken, broken))
    terms: dict[str, Any] = {"name": "", "isolation": "basic", "language": "en"}
    grade_changed(student, LESSONS, cache=Cache(tmp_path / "cache"), **terms)
    assert push().now == ("t01_quotes",)


def test_the_cache_holds_what_students_may_see_and_no_more(push: Push, write: Write, tmp_path: Path) -> None:
    """A student can read it; the full result here is full of what is nowhere else."""
    write("t01", "x = 1\n")
    push()
    (kept,) = (tmp_path / "cache").iterdir()
    assert b"evil.example" not in kept.read_bytes()
    assert b'"t01_quotes"' in kept.read_bytes()


def test_a_link_in_the_modules_place_goes_to_the_grader(push: Push, student: Path) -> None:
    """It has the sentence for that."""
    module = student / "exercises" / "t01_quotes" / "quotes.py"
    module.unlink()
    module.symlink_to("/nowhere")
    assert push().now == ("t01_quotes",)
