"""Sealed solutions open again, show nothing before, and stand in for the solution where there is none."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from course.lessons import CatalogueError, Lesson, all_lessons
from course.sealing import SUFFIX, SealError, seal, unseal

SOURCE = 'def greet() -> str:\n    """Say 你好."""\n    return "hello"\n'


def test_a_seal_opens_again() -> None:
    assert unseal(seal(SOURCE)) == SOURCE


def test_a_sealed_file_says_how_it_opens_and_shows_no_word_of_the_source() -> None:
    sealed = seal(SOURCE)
    assert sealed.startswith("`course solution`")
    assert not [word for word in ("greet", "hello", "return", "你好") if word in sealed]


@pytest.mark.parametrize("damage", ["", "no base64 at all: ü", seal(SOURCE)[:-20]])
def test_what_is_damaged_is_said_to_be(damage: str) -> None:
    with pytest.raises(SealError, match="not a sealed solution"):
        unseal(damage)


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """A lesson in a repository that holds nothing yet, its reference not read so far."""
    lesson = replace(all_lessons()[0])
    monkeypatch.setattr("course.lessons.ROOT", tmp_path)
    lesson.solution.parent.mkdir(parents=True)
    return lesson


def put_sealed(lesson: Lesson, text: str) -> None:
    lesson.solution.with_name(lesson.filename + SUFFIX).write_text(text, encoding="utf-8")


def test_a_lesson_reads_its_reference_from_the_sealed_file(lesson: Lesson) -> None:
    put_sealed(lesson, seal(SOURCE))
    assert lesson.reference == SOURCE


def test_a_solution_in_the_open_comes_first(lesson: Lesson) -> None:
    put_sealed(lesson, seal("old"))
    lesson.solution.write_text(SOURCE, encoding="utf-8")
    assert lesson.reference == SOURCE


def test_a_damaged_sealed_file_is_the_catalogues_error(lesson: Lesson) -> None:
    put_sealed(lesson, "nothing")
    with pytest.raises(CatalogueError, match="not a sealed solution"):
        _ = lesson.reference
