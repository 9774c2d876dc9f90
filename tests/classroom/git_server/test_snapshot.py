"""Snapshots of commits, as they were meant and as they were not: nothing but the named modules comes out."""

import os
import stat
from pathlib import Path

import pytest

from course.classroom.git_server.git import GitError, git
from course.classroom.git_server.snapshot import folder_names, lay_out
from course.judge.submission import LARGEST_MODULE, read_module
from tests.classroom.git_server.conftest import FIRST, OF_FIRST, SECOND

LESSONS = [FIRST, SECOND]
FILE, LINK, SUBMODULE, TREE = "100644", "120000", "160000", "40000"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository."""
    place = tmp_path / "repository.git"
    git(place, "init", "--bare", "-q", "--template=", str(place))
    return place


def blob(repository: Path, content: bytes) -> str:
    """Store a file."""
    return git(repository, "hash-object", "-w", "--stdin", stdin=content).decode().strip()


def tree(repository: Path, *entries: tuple[str, str, str | bytes]) -> str:
    """Store a folder of (mode, name, hash or content), in git's order, also where git would not store it."""
    raw = b""
    for mode, name, what in sorted(entries, key=lambda entry: entry[1] + ("/" if entry[0] == TREE else "")):
        name_of_object = what if isinstance(what, str) else blob(repository, what)
        raw += f"{mode} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(name_of_object)
    return git(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw).decode().strip()


def commit(repository: Path, top: str) -> str:
    """Store a commit of a folder."""
    text = f"tree {top}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nwork\n"
    return git(repository, "hash-object", "-w", "-t", "commit", "--stdin", stdin=text.encode()).decode().strip()


def with_module(repository: Path, mode: str, what: str | bytes) -> str:
    """Store a commit with this in the place of the first lesson's module."""
    lesson = tree(repository, (mode, FIRST.filename, what))
    return commit(repository, tree(repository, (TREE, "exercises", tree(repository, (TREE, FIRST.name, lesson)))))


def laid_out(repository: Path, name: str, folder: Path) -> list[str]:
    """Lay a commit out; the paths of all that is there."""
    lay_out(repository, name, LESSONS, folder)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def refusal(repository: Path, name: str, folder: Path) -> str:
    """Lay a commit out; why the judge refuses the first module."""
    laid_out(repository, name, folder)
    return str(read_module(folder, FIRST).problem)


@pytest.mark.parametrize("mode", ["100644", "100755", "100664"])
def test_a_module_comes_out_as_it_was_committed(mode: str, repository: Path, tmp_path: Path) -> None:
    source = "# -*- coding: utf-8 -*-\r\nname = '价格'\n".encode()
    assert laid_out(repository, with_module(repository, mode, source), tmp_path / "out") == [
        "exercises",
        f"exercises/{FIRST.name}",
        OF_FIRST,
    ]
    place = tmp_path / "out" / OF_FIRST
    assert place.read_bytes() == source
    assert not place.stat().st_mode & stat.S_IXUSR


def test_nothing_else_comes_out(repository: Path, tmp_path: Path) -> None:
    """Neither settings, attributes, plugins, bytecode and hooks, nor names that are none."""
    entries = [
        (FILE, name, b"x")
        for name in (
            ".gitattributes",
            "conftest.py",
            "sitecustomize.py",
            "quotes.pyc",
            FIRST.filename,
            "a\nb",
            "\x1b[2J",
        )
    ]
    lesson = tree(repository, *entries)
    hooks = tree(repository, (FILE, "post-checkout", b"#!/bin/sh\ntouch /tmp/left-behind\n"))
    top = tree(
        repository,
        (FILE, ".gitattributes", b"*.py filter=mine\n"),
        (TREE, ".git", tree(repository, (TREE, "hooks", hooks))),
        (TREE, "..", hooks),
        (TREE, "exercises", tree(repository, (FILE, "conftest.py", b"x"), (TREE, FIRST.name, lesson))),
        (TREE, "graders", lesson),
    )
    assert laid_out(repository, commit(repository, top), tmp_path / "out") == [
        "exercises",
        f"exercises/{FIRST.name}",
        OF_FIRST,
    ]


def test_folders_at_both_places_of_lessons_are_named_and_no_others(repository: Path) -> None:
    """Whatever their names are made of; a file or a link is no folder."""
    folder = tree(repository, (FILE, "x.py", b"x"), (TREE, "t97_below", tree(repository, (FILE, "x.py", b"x"))))
    exercises = tree(repository, (TREE, "t98_foo", folder), (FILE, "t96_file", b"x"), (LINK, "t95_link", b"t98_foo"))
    entries = [(TREE, "exercises", exercises), (TREE, "t99\n\udcff", folder), (FILE, "t94_file", b"x")]
    raw = commit(repository, tree(repository, *entries, (SUBMODULE, "t93_module", "1" * 40)))
    assert folder_names(repository, raw) == {"exercises", "t93_module", "t98_foo", "t99\n\ufffd"}
    assert folder_names(repository, commit(repository, tree(repository, (FILE, "exercises", b"x")))) == set()
    assert folder_names(repository, commit(repository, tree(repository))) == set()


def test_both_places_of_a_lesson_are_laid_out(repository: Path, tmp_path: Path) -> None:
    """Which one counts is for the judge to say, as in every folder."""
    lesson = tree(repository, (FILE, FIRST.filename, b"top = 1\n"))
    below = tree(repository, (TREE, FIRST.name, tree(repository, (FILE, FIRST.filename, b"below = 1\n"))))
    top = tree(repository, (TREE, "exercises", below), (TREE, FIRST.name, lesson))
    laid_out(repository, commit(repository, top), tmp_path / "out")
    assert read_module(tmp_path / "out", FIRST).source == "top = 1\n"


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../../graders/pytest.ini", b"nowhere\0there"])
def test_a_link_leads_nowhere_and_is_refused(target: bytes, repository: Path, tmp_path: Path) -> None:
    name = with_module(repository, LINK, target)
    assert refusal(repository, name, tmp_path / "out") == f"{FIRST.filename} cannot be read: it is a link."
    assert os.readlink(tmp_path / "out" / OF_FIRST) == "nowhere"


@pytest.mark.parametrize("place", ["exercises", FIRST.name])
def test_a_link_on_the_way_is_refused(place: str, repository: Path, tmp_path: Path) -> None:
    link = (LINK, place, b"/etc")
    top = link if place == "exercises" else (TREE, "exercises", tree(repository, link))
    name = commit(repository, tree(repository, top))
    assert refusal(repository, name, tmp_path / "out") == f"{place} is a link; hand in the folder itself."


def test_a_submodule_is_no_module(repository: Path, tmp_path: Path) -> None:
    name = with_module(repository, SUBMODULE, "1" * 40)
    assert refusal(repository, name, tmp_path / "out") == f"{FIRST.filename} is not a regular file."


def test_a_folder_is_no_module(repository: Path, tmp_path: Path) -> None:
    name = with_module(repository, TREE, tree(repository, (FILE, "x.py", b"x")))
    assert refusal(repository, name, tmp_path / "out") == f"{FIRST.filename} is not a regular file."


def test_a_file_over_the_limit_is_refused_unread(repository: Path, tmp_path: Path) -> None:
    name = with_module(repository, FILE, b"#" * (LARGEST_MODULE + 2))
    assert "is larger than 256 KiB" in refusal(repository, name, tmp_path / "out")
    assert set((tmp_path / "out" / OF_FIRST).read_bytes()) == {0}
    name = with_module(repository, FILE, b"#" * LARGEST_MODULE)
    assert read_module_of(repository, name, tmp_path / "second") == "#" * LARGEST_MODULE


def read_module_of(repository: Path, name: str, folder: Path) -> str:
    """Lay a commit out; the first module."""
    laid_out(repository, name, folder)
    return read_module(folder, FIRST).source


def test_a_replaced_object_is_not_what_was_pushed(repository: Path, tmp_path: Path) -> None:
    """Attack 76 by git's own means: refs/replace shows one object in the place of another."""
    name, other = with_module(repository, FILE, b"pushed = 1\n"), with_module(repository, FILE, b"swapped = 1\n")
    git(repository, "update-ref", f"refs/replace/{name}", other)
    assert read_module_of(repository, name, tmp_path / "out") == "pushed = 1\n"


def test_names_that_stand_twice_in_a_folder_are_one_thing(repository: Path, tmp_path: Path) -> None:
    """A file and a link of one name, which no checkout could make: one of them is taken, and nothing breaks."""
    lesson = tree(repository, (FILE, FIRST.filename, b"x = 1\n"), (LINK, FIRST.filename, b"/etc/passwd"))
    top = tree(repository, (TREE, "exercises", tree(repository, (TREE, FIRST.name, lesson))))
    assert refusal(repository, commit(repository, top), tmp_path / "out").endswith("it is a link.")


def test_an_empty_commit_is_an_empty_folder(repository: Path, tmp_path: Path) -> None:
    assert laid_out(repository, commit(repository, tree(repository)), tmp_path / "out") == []


def test_a_missing_object_is_an_error_and_no_empty_module(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(GitError):
        laid_out(repository, with_module(repository, FILE, "2" * 40), tmp_path / "out")
