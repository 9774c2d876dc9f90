"""Attack 74: links, devices, pipes, submodules, hooks and filters. Only regular files are read.

A link is refused wherever it stands, also one that comes in a moment after the look; so is a hard link to a file of the
grader's own, as archives can hold them.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from course.judge.submission import read_module
from course.lessons import ROOT, lessons_named
from tests.attacks.arena import SECRET
from tests.attacks.conftest import AttackFolder

SOLUTION = ROOT / "solutions" / "t01_quotes"
ELSEWHERE = f"def fetch_quotes(symbols, fetch):\n    raise ValueError('{SECRET}')\n"


def link_to_the_solution(module: Path) -> None:
    module.symlink_to(SOLUTION / "quotes.py")


def link_to_the_folder_of_the_solution(module: Path) -> None:
    module.parent.rmdir()
    module.parent.symlink_to(SOLUTION)


def link_to_somebody_elses_file(module: Path) -> None:
    (module.parent.parent.parent / "alice.py").write_text(ELSEWHERE)
    module.symlink_to("../../alice.py")


def link_to_the_environment(module: Path) -> None:
    module.symlink_to("/proc/self/environ")


def hard_link_to_the_solution(module: Path) -> None:
    os.link(SOLUTION / "quotes.py", module)


def device_without_end(module: Path) -> None:
    os.mknod(module, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        (link_to_the_solution, "quotes.py cannot be read: it is a link."),
        (link_to_the_folder_of_the_solution, "t01_quotes is a link; hand in the folder itself."),
        (link_to_somebody_elses_file, "quotes.py cannot be read: it is a link."),
        (link_to_the_environment, "quotes.py cannot be read: it is a link."),
        (os.mkfifo, "quotes.py is not a regular file."),
        (os.mkdir, "quotes.py is not a regular file."),
    ],
)
def test_what_is_no_file_of_the_students_is_not_read(
    tmp_path: Path, plant: Callable[[Path], None], problem: str
) -> None:
    assert problem_with(tmp_path, plant) == problem


def test_the_solution_is_nobodys_by_another_name(tmp_path: Path) -> None:
    """As when an archive is unpacked that holds a hard link to `../../solutions/...`."""
    (tmp_path / "here").touch()
    try:
        problem = problem_with(tmp_path, hard_link_to_the_solution)
    except OSError:  # another file system, or a kernel that lets nobody link what he cannot write to
        problem = problem_with(ROOT, hard_link_to_the_solution)
    assert problem == "quotes.py is a link to a file of the grader's own; hand in a file of yours."


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make devices")
def test_a_device_is_not_read(tmp_path: Path) -> None:
    assert problem_with(tmp_path, device_without_end) == "quotes.py is not a regular file."


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="this system opens files by their whole path only")
@pytest.mark.parametrize("swapped", ["t01_quotes", "exercises"])
def test_a_link_that_comes_in_after_the_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: str
) -> None:
    """The folder is a folder when it is looked at, and a link to the solutions when the module is opened."""
    (lesson,), _ = lessons_named(["t01"])
    place = tmp_path / "exercises" / "t01_quotes"
    place.mkdir(parents=True)
    (place / "quotes.py").write_text("x = 1\n")
    path = next(path for path in (place, place.parent) if path.name == swapped)
    is_dir = Path.is_dir

    def and_then_swap(looked_at: Path) -> bool:
        found = is_dir(looked_at)
        if looked_at == place and not path.is_symlink():
            path.rename(tmp_path / "away")
            path.symlink_to(SOLUTION if path == place else ROOT / "solutions")
        return found

    monkeypatch.setattr(Path, "is_dir", and_then_swap)
    module = read_module(tmp_path, lesson)
    assert path.is_symlink()  # it was really swapped
    assert module.source == ""
    assert "quotes.py cannot be read: " in module.problem


def test_git_is_not_asked_and_what_it_would_run_does_not_run(attack_folder: AttackFolder) -> None:
    """Submodules, hooks, filters, and links in every other place; beside them a right and a linked module."""
    runs = "#!/bin/sh\ntouch /tmp/left-behind-by-a-hook\n"

    def lay_out(folder: Path) -> None:
        (folder / "t01_quotes" / "quotes.py").unlink()
        (folder / "t01_quotes" / "quotes.py").symlink_to(SOLUTION / "quotes.py")
        for name, text in {
            ".gitmodules": '[submodule "t01_quotes"]\n\tpath = t01_quotes\n\turl = ext::touch /tmp/left-behind-url\n',
            ".gitattributes": "* filter=mine\n",
            ".git/config": '[filter "mine"]\n\tsmudge = touch /tmp/left-behind-by-a-filter\n',
            ".git/hooks/post-checkout": runs,
            ".git/hooks/pre-commit": runs,
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        (folder / "t77_loop").symlink_to(".")
        (folder / "t78_root").symlink_to("/")

    result, output = attack_folder(lay_out, "t01", "t03")
    linked, right = result.lessons
    assert (linked.points, right.points) == (0, right.max_points), output
    assert linked.problem == "quotes.py cannot be read: it is a link."
    assert "BEGIN SOLUTION" not in output


def problem_with(folder: Path, plant: Callable[[Path], None]) -> str:
    """What is said about a submission in `folder` whose module for t01 is planted; nothing of it may be read."""
    (lesson,), _ = lessons_named(["t01"])
    module = folder / "left-behind" / "t01_quotes" / "quotes.py"
    module.parent.mkdir(parents=True)
    try:
        plant(module)
        read = read_module(folder / "left-behind", lesson)
    finally:
        _remove(module)
    assert read.source == ""
    return read.problem


def _remove(module: Path) -> None:
    if module.parent.is_symlink():
        module.parent.unlink()
    elif module.is_dir():
        module.rmdir()
    else:
        module.unlink(missing_ok=True)
    for folder in (module.parent, module.parent.parent):
        if folder.exists():
            folder.rmdir()
