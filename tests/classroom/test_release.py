"""`course release`: where it may write, and what it says."""

from pathlib import Path

import pytest

from course.classroom.release import ReleaseError, release, told
from course.classroom.updating import Changes
from course.command import main
from course.lessons import ROOT, Lesson


@pytest.mark.parametrize("inside", [".", "out", "exercises/../students/x"])
def test_nothing_is_released_into_this_repository(inside: str, repository: Path, lessons: list[Lesson]) -> None:
    with pytest.raises(ReleaseError, match="is in this repository, beside the graders"):
        release(repository / inside, lessons, root=repository)


def test_a_link_into_this_repository_is_this_repository(
    repository: Path, lessons: list[Lesson], tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(repository)
    with pytest.raises(ReleaseError, match="is in this repository"):
        release(tmp_path / "link" / "out", lessons, root=repository)


def test_a_leak_writes_nothing(repository: Path, lessons: list[Lesson], tmp_path: Path) -> None:
    (repository / "exercises/a17_health/README.zh-CN.md").write_text(lessons[0].reference, "utf-8")
    with pytest.raises(ReleaseError, match="students would see what is hidden"):
        release(tmp_path / "student", lessons, root=repository)
    assert not (tmp_path / "student").exists()


def test_it_tells_what_it_has_done() -> None:
    changes = Changes(["a", "b"], ["c"], [("d", "d.orig")], ["e"], ["f"], ["g"])
    assert told(changes) == [
        "Added 2 files.",
        "Updated c.",
        "Updated d; it was changed here, and the changed one is now d.orig.",
        "Removed e: the course does not have it any more.",
        "Left f: the course does not have it any more, but it was changed here.",
        "Not touched: g is being worked on.",
    ]
    assert told(Changes(yours=["g"])) == [
        "Not touched: g is being worked on.",
        "Everything of the course is up to date.",
    ]


def test_the_command_releases_this_repository_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["release", str(tmp_path / "student"), "--action", "cs101/course@v1"]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("Added ")
    assert main(command) == 0
    assert capsys.readouterr().out == "Everything of the course is up to date.\n"
    assert not [path for path in (tmp_path / "student").rglob("*") if path.name in ("graders", "solutions", "course")]


def test_the_command_refuses_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", str(ROOT / "out"), "--plain-git"]) == 2
    assert capsys.readouterr().err.endswith("out is in this repository, beside the graders. Name a folder elsewhere.\n")
