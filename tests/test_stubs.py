"""Stubs: the solution without its solution."""

import importlib
from pathlib import Path

import pytest

from course import lessons, stubs
from course.lessons import Lesson, all_lessons
from course.stubs import StubError, make_stub

SOLUTION = '''"""A module."""


def work() -> int:
    """Return one."""
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION


class Box:
    ### BEGIN SOLUTION
    x = 1

    ### END SOLUTION
'''
STUB = '''"""A module."""


def work() -> int:
    """Return one."""
    # YOUR CODE HERE
    raise NotImplementedError()


class Box:
    # YOUR CODE HERE
    raise NotImplementedError()
'''


def test_what_stands_between_the_markers_is_left_to_the_student() -> None:
    assert make_stub(SOLUTION) == STUB


def test_without_nbgrader_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(StubError, match=r"nbgrader, which is not installed .*pip install -e '\.\[instructor\]'"):
        make_stub(SOLUTION)


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """A lesson in a repository of its own, without a stub."""
    first = all_lessons()[0]
    monkeypatch.setattr(lessons, "ROOT", tmp_path)
    for path in (first.solution, first.exercise):
        path.parent.mkdir(parents=True)
    first.solution.write_text(SOLUTION, encoding="utf-8")
    return first


@pytest.mark.parametrize("committed", [None, "", SOLUTION, STUB.replace("one", "two")])
def test_stale_stubs_are_found_and_written(lesson: Lesson, committed: str | None) -> None:
    if committed is not None:
        lesson.exercise.write_text(committed, encoding="utf-8")
    assert stubs.stale_stubs([lesson]) == [lesson]
    assert stubs.write_stubs([lesson]) == [lesson]
    assert lesson.exercise.read_text(encoding="utf-8") == STUB
    assert stubs.stale_stubs([lesson]) == []
    assert stubs.write_stubs([lesson]) == []


def test_the_stubs_of_all_lessons_are_up_to_date() -> None:
    assert [lesson.name for lesson in stubs.stale_stubs(list(all_lessons()))] == []


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_a_stub_is_a_module_that_says_what_is_to_be_done(lesson: Lesson) -> None:
    """It can be imported: a stub that fails at import would be a puzzle of its own."""
    source = lesson.exercise.read_text(encoding="utf-8")
    compile(source, lesson.filename, "exec")
    assert "    # YOUR CODE HERE\n    " in source
    assert "raise NotImplementedError()" in source
    assert "SOLUTION" not in source


@pytest.mark.parametrize("marker", ["### BEGIN SOLUTION", "### END SOLUTION"])
def test_a_marker_without_its_partner_is_an_error(marker: str) -> None:
    """A region that is not closed, or never opened, would leave a piece of the solution in the stub."""
    with pytest.raises(StubError, match="markers do not match"):
        make_stub(f"def work():\n    {marker}\n    return 1\n")
