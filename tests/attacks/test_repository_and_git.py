"""Of a submission regular files are read, once (attacks 74 and 76; 71 to 73 are in `test_framework`)."""

import contextlib
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from course.judge import submission
from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.judge.submission import Module, read_module
from course.lessons import ROOT, lessons_named
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack, AttackFolder, Needs
from tests.attacks.submissions import quotes, solution

SOLUTION = ROOT / "solutions" / "t01_quotes"
LINK = "quotes.py cannot be read: it is a link."
NO_FILE = "quotes.py is not a regular file."
WRONG = "def fetch_quotes(symbols, fetch):\n    return {}  # handed in\n"


def link_to_the_folder_of_the_solution(module: Path) -> None:
    module.parent.rmdir()
    module.parent.symlink_to(SOLUTION)


def link_to_another_students_file(module: Path) -> None:
    (module.parent.parent.parent / "alice.py").write_text(quotes(f"raise ValueError({SECRET!r})"))
    module.symlink_to("../../alice.py")


def device_without_end(module: Path) -> None:
    os.mknod(module, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero


PLANTS: list[tuple[Callable[[Path], None], str]] = [
    (lambda module: module.symlink_to(SOLUTION / "quotes.py"), LINK),
    (lambda module: module.symlink_to("/proc/self/environ"), LINK),
    (link_to_another_students_file, LINK),
    (link_to_the_folder_of_the_solution, "t01_quotes is a link; hand in the folder itself."),
    (os.mkfifo, NO_FILE),
    (os.mkdir, NO_FILE),
    *([(device_without_end, NO_FILE)] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]


def test_what_is_no_file_of_the_students_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """74: links, pipes, folders, devices; and a hard link to a file of the grader's own, as archives can hold them."""
    for number, (plant, problem) in enumerate(PLANTS):
        (tmp_path / str(number)).mkdir()
        assert problem_with(tmp_path / str(number), plant) == problem

    grader = tmp_path / "grader"  # a hard link needs one file system, and leave to write
    shutil.copytree(SOLUTION, grader / "solutions" / SOLUTION.name)
    monkeypatch.setattr(submission, "ROOT", grader)
    (tmp_path / "linked").mkdir()
    problem = problem_with(tmp_path / "linked", partial(os.link, grader / "solutions" / SOLUTION.name / "quotes.py"))
    assert problem == "quotes.py is a link to a file of the grader's own; hand in a file of yours."


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


def test_the_command_follows_no_link_either(attack_folder: AttackFolder) -> None:
    """74: a linked module beside a right one, and links in every other place."""

    def lay_out(folder: Path) -> None:
        (folder / "t01_quotes" / "quotes.py").unlink()
        (folder / "t01_quotes" / "quotes.py").symlink_to(SOLUTION / "quotes.py")
        (folder / "t77_loop").symlink_to(".")
        (folder / "t78_root").symlink_to("/")

    result, output = attack_folder(lay_out, "t01", "t03")
    linked, right = result.lessons
    assert (linked.points, right.points) == (0, right.max_points), output
    assert linked.problem == LINK
    assert "BEGIN SOLUTION" not in output


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="this system opens files by their whole path only")
def test_a_link_that_comes_in_after_the_look_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """74, 76: a folder is a folder when it is looked at, and a link to the solutions when the module is opened."""
    (lesson,), _ = lessons_named(["t01"])
    is_dir = Path.is_dir
    for swapped in ("t01_quotes", "exercises"):
        root = tmp_path / swapped
        place = root / "exercises" / "t01_quotes"
        place.mkdir(parents=True)
        (place / "quotes.py").write_text("x = 1\n")
        path = place if swapped == place.name else place.parent

        def and_then_swap(looked_at: Path, place: Path = place, path: Path = path, root: Path = root) -> bool:
            found = is_dir(looked_at)
            if looked_at == place and not path.is_symlink():
                path.rename(root / "away")
                path.symlink_to(SOLUTION if path == place else ROOT / "solutions")
            return found

        monkeypatch.setattr(Path, "is_dir", and_then_swap)
        module = read_module(root, lesson)
        assert path.is_symlink()  # it was really swapped
        assert module.source == ""
        assert "quotes.py cannot be read: " in module.problem


def test_a_module_that_is_swapped_all_the_time_is_one_file_and_no_mixture(tmp_path: Path) -> None:
    """76: it is read as it was, or refused as a link."""
    (lesson,), _ = lessons_named(["t01"])
    path = tmp_path / "t01_quotes" / "quotes.py"
    path.parent.mkdir()
    path.write_text(WRONG)
    (tmp_path / "alice.py").write_text("alice = 1\n")
    with swapping(path, tmp_path / "alice.py") as swapped:
        read = {read_module(tmp_path, lesson) for _ in range(300)}
        while not swapped:
            read.add(read_module(tmp_path, lesson))
    gone_again = Module("", f"quotes.py cannot be read: {os.strerror(40)}.")  # before the link could be named
    assert read <= {Module(WRONG), Module("", LINK), gone_again}


@contextlib.contextmanager
def swapping(path: Path, other: Path) -> Iterator[list[int]]:
    """Replace the file by a link to `other` and back, again and again, in another thread; the rounds so far."""
    over, rounds = threading.Event(), list[int]()
    source = path.read_bytes()

    def swap() -> None:
        new = path.with_suffix(".new")
        while not over.is_set():
            new.symlink_to(other)
            new.replace(path)
            new.write_bytes(source)
            new.replace(path)
            rounds.append(1)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield rounds
    finally:
        over.set()
        thread.join()


def test_what_was_read_is_what_is_graded(bench: Bench, tmp_path: Path) -> None:
    """76: the right module lies there before the first check begins."""
    (lesson,), _ = lessons_named(["t01"])
    path = tmp_path / "t01_quotes" / "quotes.py"
    path.parent.mkdir()
    path.write_text(WRONG)
    module = read_module(tmp_path, lesson)
    path.write_text(solution("t01"))
    with ThreadPoolExecutor(1) as pool:
        grading = LessonGrading(lesson, module.source, load_checks(lesson), bench=bench, pool=pool)
        grading.start()
        result = grading.result()
    assert result.points == 1  # no symbols, no prices
    assert "handed in" in module.source


def test_a_case_does_not_swap_its_own_module(attack: Attack, tmp_path: Path, needs: Needs) -> None:
    """76: where it was handed in it cannot be written to."""
    needs("write")
    path = tmp_path / "quotes.py"
    path.write_text(WRONG)
    body = f"open({str(path)!r}, 'w').write('swapped')"
    attacked = attack("t01", quotes(body), "values_and_order")
    assert attacked.points == 0
    assert str(path) in attacked.said
    assert path.read_text() == WRONG
