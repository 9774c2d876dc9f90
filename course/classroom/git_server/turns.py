"""Turns: as many gradings at once as there are processors, first come, first served, and one at a time per student.

A turn is a file with a number, locked as long as whoever made it lives: the next one sees the end of a process that was
killed as well as that of one that is done.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

LOOK_EVERY = 0.05  # seconds, for who comes next; the others need not look as often


@contextlib.contextmanager
def alone(folder: Path, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Be the only one with this name; `waiting` is called once when somebody else is."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("ab") as file:
        if not _locks(file):
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def turn(folder: Path, places: int, waiting: Callable[[int], None]) -> Iterator[None]:
    """Wait for one of the `places`; `waiting` is told again and again how many have to end first."""
    number, file = _take(folder)
    try:
        while (before := _before(folder, number) - places + 1) > 0:
            waiting(before)
            time.sleep(LOOK_EVERY * min(before, 10))
        yield
    finally:
        _path(folder, number).unlink(missing_ok=True)
        file.close()


def _take(folder: Path) -> tuple[int, BinaryIO]:
    """The next number, and the locked file that stands for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "numbers.lock").open("a+b") as numbers:
        fcntl.flock(numbers, fcntl.LOCK_EX)
        numbers.seek(0)
        number = int(numbers.read() or b"0") + 1
        numbers.truncate(0)
        numbers.write(b"%d" % number)
        numbers.flush()
        new = folder / "new"
        file = new.open("wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        new.rename(_path(folder, number))  # nobody sees it unlocked
    return number, file


def _before(folder: Path, number: int) -> int:
    """How many with a lower number are still alive."""
    lower = [path for path in folder.glob("*.turn") if int(path.stem) < number]
    return sum(_is_alive(path) for path in lower)


def _is_alive(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if not _locks(file):
                return True
            path.unlink(missing_ok=True)  # its process has ended without taking it away
    except FileNotFoundError:
        pass
    return False


def _locks(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:09d}.turn"


def places() -> int:
    """How many gradings this machine takes at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
