"""Turns: the queue for the grader. As many gradings at once as there are processors, one per student, in order.

Each process in the queue holds a ticket: a file `<number>.<student>.<state>`, locked as long as the process lives, so
that the others notice its end, also when it is killed. The queue changes only under a lock of its own. Of a student's
pushes only the newest waits: it takes the place of the one that waited before.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, get_args

LOOK_EVERY = 0.05  # seconds, for the first in the queue; the others look less often
# A push that waits holds about 20 MB: its hook, git's receive-pack and sshd. This many hold little more than a GiB, and
# are 5 minutes of work where two are graded at once in 10 s each: one more would wait too long to be of use.
MOST_WAITING = 64
NO_LIMIT = 1 << 30  # places, for work that needs no processor

# `backlog`: a commit that was put off. It is neither superseded nor counted among the pushes that wait.
State = Literal["waiting", "backlog", "grading"]
STATES: tuple[State, ...] = get_args(State)


class Postponed(Exception):
    """The commit is not graded now, and stays to do."""


class Superseded(Postponed):
    """A newer push of the same student is graded first."""


class Crowded(Postponed):
    """The queue is full."""


class Place(NamedTuple):
    """A place in the queue: its number, the student, and the state of the grading."""

    number: int
    student: str
    state: State

    def path(self, folder: Path) -> Path:
        """The file of its ticket."""
        return folder / f"{self.number:09d}.{self.student}.{self.state}"


class Ticket:
    """A place in the queue, held by this process."""

    def __init__(self, folder: Path, place: Place, file: BinaryIO) -> None:
        self._folder = folder
        self._place = place
        self._file = file

    def wait_for_own(self, waiting: Callable[[], None]) -> None:
        """Wait until no other commit of the student is graded; call `waiting` again and again meanwhile.

        Raises:
            Superseded: a newer push of the student has come.
        """
        while self._place.state != "grading":
            with _queue(self._folder) as queue:
                self._check_that_it_counts()
                if not self._is_own_graded(queue):
                    return
            waiting()
            time.sleep(LOOK_EVERY * 2)

    def begin(self, places: int, waiting: Callable[[int], None]) -> None:
        """Wait for one of the `places` and take it; call `waiting` meanwhile with the number that comes first.

        Raises:
            Superseded: a newer push of the student has come.
        """
        while self._place.state != "grading":
            with _queue(self._folder) as queue:
                self._check_that_it_counts()
                before = self._before(queue, places)
                if before <= 0:
                    self._take_place()
                    return
            waiting(before)
            time.sleep(LOOK_EVERY * min(before, 10))

    def close(self) -> None:
        """Leave the queue."""
        with _queue(self._folder):
            if self._is_in_queue():
                self._path.unlink()
        self._file.close()

    @property
    def _path(self) -> Path:
        return self._place.path(self._folder)

    def _check_that_it_counts(self) -> None:
        if not self._is_in_queue():
            raise Superseded

    def _is_in_queue(self) -> bool:
        """False when a newer push has taken the place: its ticket has the same name."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def _is_own_graded(self, queue: list[Place]) -> bool:
        return any(other.state == "grading" and other.student == self._place.student for other in queue)

    def _before(self, queue: list[Place], places: int) -> int:
        """How many come first; those that wait for another commit of their own student do not count."""
        if self._is_own_graded(queue):
            return 1
        graded = {other.student for other in queue if other.state == "grading"}
        ready = [other for other in queue if other.number < self._place.number and other.student not in graded]
        return sum(other.state == "grading" for other in queue) + len(ready) - places + 1

    def _take_place(self) -> None:
        graded = self._place._replace(state="grading")
        self._path.rename(graded.path(self._folder))
        self._place = graded


@contextlib.contextmanager
def ticket_for_push(folder: Path, student: str, is_newest: Callable[[], bool]) -> Iterator[Ticket]:
    """Queue a push, in the place of an older one of the student that waits.

    Raises:
        Superseded: `is_newest` says that a newer push has come already.
        Crowded: the queue is full.
    """
    if not is_newest():
        raise Superseded
    with _queue(folder) as queue:
        waiting = [place for place in queue if place.state == "waiting"]
        older = next((place for place in waiting if place.student == student), None)
        if older and not is_newest():  # the one that waits may have come since
            raise Superseded
        if not older and len(waiting) >= MOST_WAITING:
            raise Crowded
        ticket = _made(folder, older or Place(_next_number(queue), student, "waiting"))
    with contextlib.closing(ticket):
        yield ticket


@contextlib.contextmanager
def ticket_for_backlog(folder: Path, student: str) -> Iterator[Ticket]:
    """Queue a commit that was put off."""
    with _queue(folder) as queue:
        ticket = _made(folder, Place(_next_number(queue), student, "backlog"))
    with contextlib.closing(ticket):
        yield ticket


@contextlib.contextmanager
def ticket_when_idle(folder: Path, student: str, places: int) -> Iterator[Ticket]:
    """Take a free place for a commit that was put off, if the queue is empty.

    Raises:
        Postponed: the queue is not empty, or no place is free, or another commit of the student is graded.
    """
    with _queue(folder) as queue:
        if len(queue) >= places or any(place.state != "grading" or place.student == student for place in queue):
            raise Postponed
        ticket = _made(folder, Place(_next_number(queue), student, "grading"))
    with contextlib.closing(ticket):
        yield ticket


@contextlib.contextmanager
def _queue(folder: Path) -> Iterator[list[Place]]:
    """Lock the queue and look at it; tickets whose process has ended are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "queue.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        places = [place for path in folder.iterdir() if (place := _place_of(path)) is not None]
        yield sorted(place for place in places if _is_alive(place.path(folder)))


def _place_of(path: Path) -> Place | None:
    number, _, rest = path.name.partition(".")
    student, _, state = rest.rpartition(".")
    return next((Place(int(number), student, known) for known in STATES if known == state and number.isdigit()), None)


def _is_alive(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    path.unlink()
    return False


def _next_number(queue: list[Place]) -> int:
    return 1 + max((place.number for place in queue), default=0)


def _made(folder: Path, place: Place) -> Ticket:
    """Make the ticket of this place; it is locked before it can be seen."""
    new = folder / "new"
    file = new.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    new.rename(place.path(folder))
    return Ticket(folder, place, file)


def places() -> int:
    """How many gradings this machine takes at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
