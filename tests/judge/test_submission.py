"""Reading a student's module: regular files only, and a sentence for everything else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from course.judge.submission import (
    LARGEST_MODULE,
    Module,
    SubmissionError,
    check_folder,
    place_of,
    read_module,
    strangers,
)
from course.lessons import Lesson

SOURCE = "x = 1\n"


@pytest.fixture
def lesson(make_lesson: Callable[..., Lesson]) -> Lesson:
    """A lesson whose module is `toy.py`."""
    return make_lesson()


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """A submission with an empty folder for the lesson."""
    folder = tmp_path / "submission"
    (folder / "t99_toy").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("place", ["t99_toy", "exercises/t99_toy"])
def test_a_module_is_read_from_the_folder_or_from_its_exercises(lesson: Lesson, tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "toy.py").write_text(SOURCE, encoding="utf-8")
    assert read_module(tmp_path, lesson) == Module(SOURCE)


@pytest.mark.parametrize(
    ("raw", "source"),
    [
        (b"\xef\xbb\xbfx = 1\n", SOURCE),
        ("# 价格\n".encode(), "# 价格\n"),
        (b"x = 1\r\n", SOURCE),
        ("# coding: gbk\n# 价格\n".encode("gbk"), "# coding: utf-8\n# 价格\n"),
        (b"#" * LARGEST_MODULE, "#" * LARGEST_MODULE),
    ],
    ids=["byte order mark", "chinese", "windows", "declared", "largest"],
)
def test_text_of_all_editors_is_read(lesson: Lesson, handed_in: Path, raw: bytes, source: str) -> None:
    (handed_in / "t99_toy" / "toy.py").write_bytes(raw)
    assert read_module(handed_in, lesson) == Module(source)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "toy.py is empty."),
        (b" \n\t\n", "toy.py is empty."),
        (b"\xef\xbb\xbf\r\n", "toy.py is empty."),
        (b"x = 1\0\n", "toy.py is not a Python source file: it holds bytes that no text has."),
        (b"x = 1\n# caf\xe9\n", "toy.py is not UTF-8 text (line 2); save it with the encoding UTF-8."),
        (b"#" * (LARGEST_MODULE + 1), "toy.py is larger than 256 KiB; a lesson's module is a page or two."),
    ],
    ids=["empty", "blank", "mark only", "nul", "latin-1", "too large"],
)
def test_a_file_that_is_no_module_gives_a_sentence(lesson: Lesson, handed_in: Path, raw: bytes, problem: str) -> None:
    (handed_in / "t99_toy" / "toy.py").write_bytes(raw)
    assert read_module(handed_in, lesson) == Module("", problem)


def test_an_encoding_that_can_hide_code_is_named_for_instructors(lesson: Lesson, handed_in: Path) -> None:
    (handed_in / "t99_toy" / "toy.py").write_bytes(b"# coding: utf-7\nx = 1\n")
    module = read_module(handed_in, lesson)
    assert (module.source, module.hides) == ("", "utf-7")
    assert module.problem is not None
    assert "may run other code than the text shows" in module.problem


def test_a_missing_folder_and_a_missing_file_are_told_apart(lesson: Lesson, handed_in: Path, tmp_path: Path) -> None:
    missing = "toy.py was not handed in: "
    assert read_module(tmp_path, lesson).problem == f"{missing}there is no folder t99_toy."
    assert read_module(handed_in, lesson).problem == f"{missing}the folder t99_toy does not have it."


@pytest.mark.parametrize("name", ["Toy.py", "TOY.PY", "toy (1).py", "toy.py.txt", "toy2.py"])
def test_a_module_under_another_name_is_named(lesson: Lesson, handed_in: Path, name: str) -> None:
    (handed_in / "t99_toy" / name).write_text(SOURCE, encoding="utf-8")
    told = f"toy.py was not handed in: the folder t99_toy has {name} instead; give it the name toy.py."
    assert read_module(handed_in, lesson) == Module("", told)


def test_other_files_are_not_taken_for_the_module(lesson: Lesson, handed_in: Path) -> None:
    for name in ("test_toy.py", "README.md", "__init__.py", "a_toy.py"):
        (handed_in / "t99_toy" / name).touch()
    assert read_module(handed_in, lesson).problem == "toy.py was not handed in: the folder t99_toy does not have it."


def test_a_file_in_place_of_the_folder_is_a_missing_folder(lesson: Lesson, tmp_path: Path) -> None:
    (tmp_path / "t99_toy").write_text(SOURCE, encoding="utf-8")
    assert read_module(tmp_path, lesson).problem == "toy.py was not handed in: there is no folder t99_toy."


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        (lambda path: path.symlink_to(__file__), "toy.py cannot be read: it is a link."),
        (lambda path: path.symlink_to("nowhere"), "toy.py cannot be read: it is a link."),
        (os.mkfifo, "toy.py is not a regular file."),
        (os.mkdir, "toy.py is not a regular file."),
    ],
    ids=["link", "broken link", "pipe", "directory"],
)
def test_only_a_regular_file_is_read(
    lesson: Lesson, handed_in: Path, plant: Callable[[Path], None], problem: str
) -> None:
    """A link could show a file of somebody else's in a report, and a pipe would keep the judge waiting for ever."""
    plant(handed_in / "t99_toy" / "toy.py")
    assert read_module(handed_in, lesson) == Module("", problem)


@pytest.mark.parametrize("link", ["t99_toy", "exercises", "exercises/t99_toy"])
def test_no_link_on_the_way_to_a_module_is_followed(lesson: Lesson, tmp_path: Path, link: str) -> None:
    """Else `exercises -> ../../solutions` would be handed in for full marks."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "t99_toy").mkdir(parents=True)
    for place in (elsewhere, elsewhere / "t99_toy"):
        (place / "toy.py").write_text(SOURCE, encoding="utf-8")
    path = tmp_path / "submission" / link
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere if link == "exercises" else elsewhere / "t99_toy")
    problem = f"{path.name} is a link; hand in the folder itself."
    assert read_module(tmp_path / "submission", lesson) == Module("", problem)


def test_no_folder_at_all_is_an_error_for_the_instructor(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("nowhere", "file"):
        with pytest.raises(SubmissionError, match=f"There is no folder .*{name}"):
            check_folder(tmp_path / name)
    check_folder(tmp_path)


def test_folders_that_are_named_like_lessons_but_are_none_are_strangers(tmp_path: Path) -> None:
    """A student who mistypes a lesson's name should hear of it."""
    for name in ("t99_toy", "t1_quotes", "exercises/a17_heath", "notes", "__pycache__", ".git", "x_y", "t_x", "9_a"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "t50_file").touch()
    assert strangers(tmp_path, {"t99_toy"}) == ["a17_heath", "t1_quotes"]


def test_a_module_has_a_place_also_where_it_is_missing(lesson: Lesson, tmp_path: Path) -> None:
    """Students' repositories have lessons in `exercises`; a folder of submissions has them at its top."""
    assert place_of(tmp_path, lesson).as_posix() == f"exercises/{lesson.name}/{lesson.filename}"
    (tmp_path / lesson.name).mkdir()
    assert place_of(tmp_path, lesson).as_posix() == f"{lesson.name}/{lesson.filename}"
