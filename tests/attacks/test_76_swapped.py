"""Attack 76: files that are swapped while they are graded. A module is read once; everything rests on that text.

Nor can student code reach the folder: where there are namespaces it is not there at all.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.isolation import Isolation
from course.judge.kill_matrix import load_checks
from course.judge.submission import Module, read_module
from course.lessons import lessons_named
from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

WRONG = "def fetch_quotes(symbols, fetch):\n    return {}  # handed in\n"
RIGHT_LATER = """
def fetch_quotes(symbols, fetch):
    try:
        with open(PATH, "w") as file:
            file.write(RIGHT)
    except OSError as error:
        raise RuntimeError(f"not swapped: {error.strerror}") from None
    raise RuntimeError("swapped")
"""
ROUNDS = 300


def test_what_was_read_is_what_is_graded(bench: Bench, tmp_path: Path) -> None:
    """The right module lies there before the first check begins."""
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
    assert result.points == 1  # nothing for nothing
    assert "handed in" in module.source


def test_a_module_is_one_file_and_no_mixture(tmp_path: Path) -> None:
    """While it is replaced by a link to somebody else's file and back, it is read as it was, or refused as a link."""
    (lesson,), _ = lessons_named(["t01"])
    path = tmp_path / "t01_quotes" / "quotes.py"
    path.parent.mkdir()
    path.write_text(WRONG)
    (tmp_path / "alice.py").write_text("alice = 1\n")
    with swapping(path, tmp_path / "alice.py") as swapped:
        read = {read_module(tmp_path, lesson) for _ in range(ROUNDS)}
        while not swapped:
            read.add(read_module(tmp_path, lesson))
    assert read <= {Module(WRONG), Module("", "quotes.py cannot be read: it is a link."), *(refusals())}
    assert swapped


def refusals() -> set[Module]:
    """What is said when the link has gone again before it could be named."""
    return {Module("", f"quotes.py cannot be read: {os.strerror(40)}.")}


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


def test_student_code_cannot_write_to_its_submission(attack: Attack, tmp_path: Path, isolation: Isolation) -> None:
    path = tmp_path / "quotes.py"
    path.write_text(WRONG)
    attacked = attack("t01", f"PATH = {str(path)!r}\nRIGHT = {solution('t01')!r}\n{RIGHT_LATER}")
    assert attacked.points == 0
    if "write" not in isolation.holes:
        assert "not swapped: " in attacked.said
        assert path.read_text() == WRONG
