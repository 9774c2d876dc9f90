"""Snapshots of commits, as they were meant and as they were not: nothing but the named modules comes out."""

import os
import stat
from pathlib import Path

import pytest

from course.classroom.git_server import snapshot
from course.classroom.git_server.git import git
from course.classroom.git_server.snapshot import LARGEST_FOLDER, READ_WHOLE, Snapshot, lay_out
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
    return raw_tree(repository, raw)


def raw_tree(repository: Path, raw: bytes) -> str:
    """Store a folder as git has it in its store, be it one or not."""
    return git(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw).decode().strip()


def commit(repository: Path, top: str) -> str:
    """Store a commit of a folder."""
    text = f"tree {top}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nwork\n"
    return (
        git(repository, "hash-object", "-w", "-t", "commit", "--literally", "--stdin", stdin=text.encode())
        .decode()
        .strip()
    )


def with_module(repository: Path, mode: str, what: str | bytes) -> str:
    """Store a commit with this in the place of the first lesson's module."""
    lesson = tree(repository, (mode, FIRST.filename, what))
    return commit(repository, tree(repository, (TREE, "exercises", tree(repository, (TREE, FIRST.name, lesson)))))


def laid_out(repository: Path, name: str, folder: Path) -> list[str]:
    """Lay a commit out; the paths of all that is there."""
    lay_out(repository, name, LESSONS, folder)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def told(repository: Path, name: str, folder: Path) -> Snapshot:
    """Lay a commit out; what is told of it."""
    return lay_out(repository, name, LESSONS, folder)


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


def test_folders_at_both_places_of_lessons_are_named_and_no_others(repository: Path, tmp_path: Path) -> None:
    """Whatever their names are made of; a file or a link is no folder."""
    folder = tree(repository, (FILE, "x.py", b"x"), (TREE, "t97_below", tree(repository, (FILE, "x.py", b"x"))))
    exercises = tree(repository, (TREE, "t98_foo", folder), (FILE, "t96_file", b"x"), (LINK, "t95_link", b"t98_foo"))
    entries = [(TREE, "exercises", exercises), (TREE, "t99\n\udcff", folder), (FILE, "t94_file", b"x")]
    raw = commit(repository, tree(repository, *entries, (SUBMODULE, "t93_module", "1" * 40)))
    names = {"exercises", "t93_module", "t98_foo", "t99\n\ufffd"}
    assert told(repository, raw, tmp_path / "1") == Snapshot(odd={}, folders=names, unlisted=[])
    file = commit(repository, tree(repository, (FILE, "exercises", b"x")))
    assert told(repository, file, tmp_path / "2") == Snapshot(odd={}, folders=set(), unlisted=[])
    assert told(repository, commit(repository, tree(repository)), tmp_path / "3") == Snapshot({}, set(), [])


@pytest.mark.parametrize("place", ["", "exercises"])
def test_many_folders_are_not_listed_and_keep_no_lesson_from_being_read(
    place: str, repository: Path, tmp_path: Path
) -> None:
    """A large folder is not read as a whole: git looks for the names of lessons in it."""
    empty = tree(repository)
    lesson = (TREE, FIRST.name, tree(repository, (FILE, FIRST.filename, b"x = 1\n")))
    many = tree(repository, lesson, *((TREE, f"t00_{number:09d}", empty) for number in range(READ_WHOLE // 40 + 1)))
    raw = commit(repository, tree(repository, (TREE, place, many)) if place else many)
    assert told(repository, raw, tmp_path / "out").unlisted == [place]
    assert read_module(tmp_path / "out", FIRST).source == "x = 1\n"


def test_a_folder_over_the_limit_is_not_looked_into(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are; the limit is on the size of git's object, so that git need not open it either."""
    assert 600_000 * (len("40000 t00_000000000\0") + 20) < LARGEST_FOLDER
    monkeypatch.setattr(snapshot, "LARGEST_FOLDER", 1000)
    many = tree(
        repository, (FILE, FIRST.filename, b"x = 1\n"), *((FILE, f"{number}", "2" * 40) for number in range(50))
    )
    second = tree(repository, (FILE, SECOND.filename, b"y = 2\n"))
    raw = commit(repository, tree(repository, (TREE, FIRST.name, many), (TREE, SECOND.name, second)))
    assert told(repository, raw, tmp_path / "out").odd == {FIRST.name: "odd_many"}
    assert "was not handed in" in str(read_module(tmp_path / "out", FIRST).problem)
    assert read_module(tmp_path / "out", SECOND).source == "y = 2\n"
    raw = commit(
        repository,
        tree(
            repository,
            (TREE, "exercises", tree(repository, (TREE, SECOND.name, second))),
            *((FILE, f"{number}", "2" * 40) for number in range(50)),
        ),
    )
    assert told(repository, raw, tmp_path / "top") == Snapshot({"": "odd_many"}, set(), [])
    assert os.listdir(tmp_path / "top") == ["exercises"]


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


def in_both_lessons(repository: Path, first: list[tuple[str, str, str | bytes]], above: str = TREE) -> str:
    """Store a commit with these entries as the folder of the first lesson, and the second as it should be."""
    second = (TREE, SECOND.name, tree(repository, (FILE, SECOND.filename, b"y = 2\n")))
    exercises = tree(repository, (above, FIRST.name, tree(repository, *first)), second)
    return commit(repository, tree(repository, (TREE, "exercises", exercises)))


MODULES = {
    "a folder that is called a file": ([(FILE, FIRST.filename, "TREE")], "odd_kind"),
    "a folder that is called an executable file": ([("100755", FIRST.filename, "TREE")], "odd_kind"),
    "a file that is called a folder": ([(TREE, FIRST.filename, b"x = 1\n")], "odd_kind"),
    "a commit that is called a file": ([(FILE, FIRST.filename, "COMMIT")], "odd_kind"),
    "a file that is not there": ([(FILE, FIRST.filename, "2" * 40)], "odd_lost"),
    "a folder that is not there": ([(TREE, FIRST.filename, "2" * 40)], "odd_lost"),
    "a file and a link": ([(FILE, FIRST.filename, b"x = 1\n"), (LINK, FIRST.filename, b"/etc/passwd")], "odd_twice"),
    "two files": ([(FILE, FIRST.filename, b"x = 1\n"), (FILE, FIRST.filename, b"x = 2\n")], "odd_twice"),
    "a file and a folder": ([(FILE, FIRST.filename, b"x = 1\n"), (TREE, FIRST.filename, "TREE")], "odd_twice"),
    "many files": ([(FILE, FIRST.filename, "2" * 40)] * 20_000, "odd_twice"),
    "a repository": ([(SUBMODULE, FIRST.filename, "2" * 40)], "odd_submodule"),
    "no mode that git knows": ([("60644", FIRST.filename, b"x = 1\n")], "odd_submodule"),
}


@pytest.mark.parametrize("case", MODULES)
def test_an_odd_module_is_refused_and_named_and_the_other_lesson_is_read(
    case: str, repository: Path, tmp_path: Path
) -> None:
    """What no checkout could make, and git takes in a push all the same."""
    entries, why = MODULES[case]
    objects = {"TREE": tree(repository, (FILE, "x.py", b"x")), "COMMIT": commit(repository, tree(repository))}
    stored = [(mode, name, objects.get(str(what), what)) for mode, name, what in entries]
    assert told(repository, in_both_lessons(repository, stored), tmp_path / "out").odd == {OF_FIRST: why}
    assert read_module(tmp_path / "out", FIRST).problem == f"{FIRST.filename} is not a regular file."
    assert read_module(tmp_path / "out", SECOND).source == "y = 2\n"


@pytest.mark.parametrize("place", ["exercises", f"exercises/{FIRST.name}"])
@pytest.mark.parametrize(
    "case", ["a folder that is called a file", "a file that is called a folder", "lost", "broken", "a repository"]
)
def test_an_odd_folder_on_the_way_is_named_and_nothing_in_it_is_read(
    case: str, place: str, repository: Path, tmp_path: Path
) -> None:
    lesson = tree(repository, (FILE, FIRST.filename, b"x = 1\n"))
    as_it_should_be = lesson if place.endswith(FIRST.name) else tree(repository, (TREE, FIRST.name, lesson))
    mode, what, why = {
        "a folder that is called a file": (FILE, as_it_should_be, "odd_kind"),
        "a file that is called a folder": (TREE, blob(repository, b"x = 1\n"), "odd_kind"),
        "lost": (TREE, "2" * 40, "odd_lost"),
        "a repository": (SUBMODULE, "2" * 40, "odd_submodule"),
        "broken": (TREE, raw_tree(repository, b"100644 no end"), "odd_kind"),
    }[case]
    odd = (mode, place.rpartition("/")[2], what)
    exercises = odd if place == "exercises" else (TREE, "exercises", tree(repository, odd))
    second = (TREE, SECOND.name, tree(repository, (FILE, SECOND.filename, b"y = 2\n")))
    found = told(repository, commit(repository, tree(repository, exercises, second)), tmp_path / "out")
    assert found.odd == {place: why}
    assert "was not handed in" in str(read_module(tmp_path / "out", FIRST).problem)
    assert read_module(tmp_path / "out", SECOND).source == "y = 2\n"


@pytest.mark.parametrize("many", [0, READ_WHOLE // 30])
def test_one_that_is_there_again_and_again_hides_no_other(many: int, repository: Path, tmp_path: Path) -> None:
    """Also in a folder that is not in git's order, or too large to be read as a whole."""
    second = tree(repository, (FILE, SECOND.filename, b"y = 2\n"))
    entry = b"40000 %b\0%b"
    first = entry % (FIRST.name.encode(), bytes.fromhex(tree(repository)))
    raw = entry % (SECOND.name.encode(), bytes.fromhex(second))
    name = commit(repository, raw_tree(repository, first * many + raw + first * 2))
    assert told(repository, name, tmp_path / "out").odd == {FIRST.name: "odd_twice"}
    assert read_module(tmp_path / "out", SECOND).source == "y = 2\n"


def test_a_folder_in_no_order_is_read(repository: Path, tmp_path: Path) -> None:
    """Git itself stops looking where the name should have been."""
    names = ["zz", FIRST.name, "aa", SECOND.name, "bb"]
    lessons = {each.name: tree(repository, (FILE, each.filename, f"# {each.name}\n".encode())) for each in LESSONS}
    raw = [b"40000 %b\0%b" % (name.encode(), bytes.fromhex(lessons.get(name, "2" * 40))) for name in names]
    laid_out(repository, commit(repository, raw_tree(repository, b"".join(raw))), tmp_path / "out")
    assert [read_module(tmp_path / "out", each).source for each in LESSONS] == [f"# {each.name}\n" for each in LESSONS]


@pytest.mark.parametrize("top", ["a file", "lost", "broken"])
def test_an_odd_folder_at_the_top_is_named(top: str, repository: Path, tmp_path: Path) -> None:
    """Something lies in the place of `exercises` then, so that every lesson is missed, instead of not begun."""
    stored = {"a file": blob(repository, b"x"), "lost": "2" * 40, "broken": raw_tree(repository, b"100644 no end")}
    found = told(repository, commit(repository, stored[top]), tmp_path / "out")
    assert found == Snapshot(odd={"": "odd_kind" if top == "broken" else "odd_lost"}, folders=set(), unlisted=[])
    assert (tmp_path / "out" / "exercises").is_file()


def test_an_empty_commit_is_an_empty_folder(repository: Path, tmp_path: Path) -> None:
    assert laid_out(repository, commit(repository, tree(repository)), tmp_path / "out") == []


def test_names_that_lead_out_of_the_folder_lead_nowhere(repository: Path, tmp_path: Path) -> None:
    up = "../" * 12 + str(tmp_path / "planted").lstrip("/")
    lesson = tree(repository, (FILE, f"{FIRST.filename}/{up}", b"x"), (FILE, FIRST.filename, b"x = 1\n"))
    top = tree(repository, (FILE, f"{FIRST.name}/{up}", b"x"), (TREE, FIRST.name, lesson), (FILE, "/etc/x", b"x"))
    assert laid_out(repository, commit(repository, top), tmp_path / "out") == [
        FIRST.name,
        f"{FIRST.name}/{FIRST.filename}",
    ]
    assert not (tmp_path / "planted").exists()
