"""Turns: first come, first served, one push of each student waits, and nobody waits for the dead."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from course.classroom.git_server import turns
from course.classroom.git_server.turns import (
    Crowded,
    Postponed,
    Superseded,
    ticket_for_backlog,
    ticket_for_push,
    ticket_when_idle,
)


def yes() -> bool:
    return True


def nothing(*_: object) -> None:
    pass


class Comer:
    """A thread that stands in line, and tells when it waits, when it has begun, and what became of it."""

    def __init__(
        self, folder: Path, student: str, places: int = 1, join: Callable[..., object] = ticket_for_push
    ) -> None:
        self.told: list[int] = []
        self.waits = threading.Event()
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.end: Exception | None = None
        self._arguments = (folder, student, *((yes,) if join is ticket_for_push else ()))
        self._join, self._places = join, places
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with self._join(*self._arguments) as ticket:  # type: ignore[attr-defined]
                ticket.wait_for_own(self._wait)
                ticket.begin(self._places, self._wait)
                self.began.set()
                assert self.may_end.wait(60)
        except Postponed as postponed:
            self.end = postponed

    def _wait(self, before: int = 0) -> None:
        if before not in self.told:
            self.told.append(before)
        self.waits.set()

    def ends(self) -> Exception | None:
        """Let it go on; what became of it."""
        self.may_end.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.end


def comes(folder: Path, student: str, **how: int | Callable[..., object]) -> Comer:
    """Have somebody come; go on when they are being graded, or wait."""
    comer = Comer(folder, student, **how)  # type: ignore[arg-type]
    while not comer.began.wait(0.01):
        if comer.waits.is_set() or comer.end:
            break
    return comer


def test_first_come_first_served(tmp_path: Path) -> None:
    first, *others = [comes(tmp_path, name) for name in ("a", "b", "c", "d")]
    assert first.began.is_set()
    for each in others:
        assert not each.began.is_set()
    assert [each.told[0] for each in others] == [1, 2, 3]
    for one, next_one in zip((first, *others), others, strict=False):
        one.ends()
        assert next_one.began.wait(60)
    others[-1].ends()
    assert [path.name for path in tmp_path.iterdir()] == ["queue.lock"]


def test_as_many_go_at_once_as_there_are_places(tmp_path: Path) -> None:
    first, second, third = [comes(tmp_path, name, places=2) for name in ("a", "b", "c")]
    assert [each.began.is_set() for each in (first, second, third)] == [True, True, False]
    assert third.told == [1]
    first.ends()
    assert third.began.wait(60)
    second.ends()
    third.ends()


def test_one_student_is_graded_once_at_a_time_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Who waits for a push of their own lets the others go first."""
    first, second, other = [comes(tmp_path, name, places=2) for name in ("alice", "alice", "bob")]
    assert [each.began.is_set() for each in (first, second, other)] == [True, False, True]
    first.ends()
    assert second.began.wait(60)
    other.ends()
    second.ends()


def test_what_needs_no_place_waits_for_none(tmp_path: Path) -> None:
    first, second = comes(tmp_path, "alice"), comes(tmp_path, "bob", places=turns.NO_LIMIT)
    assert second.began.is_set()
    second.ends()
    first.ends()


def test_of_a_students_pushes_only_the_newest_waits_and_in_the_place_of_the_others(tmp_path: Path) -> None:
    busy = comes(tmp_path, "bob")
    pushes = [comes(tmp_path, "alice")]
    other = comes(tmp_path, "carol")
    pushes += [comes(tmp_path, "alice") for _ in range(5)]
    assert [type(each.ends()) for each in pushes[:-1]] == [Superseded] * 5
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000000001.bob.grading",
        "000000002.alice.waiting",
        "000000003.carol.waiting",
        "queue.lock",
    ]
    busy.ends()
    assert pushes[-1].began.wait(60)
    assert not other.began.is_set()
    pushes[-1].ends()
    assert other.began.wait(60)
    other.ends()


def test_a_push_that_is_graded_is_not_superseded(tmp_path: Path) -> None:
    first, second = comes(tmp_path, "alice"), comes(tmp_path, "alice")
    assert first.ends() is None
    assert second.began.wait(60)
    assert second.ends() is None


def test_an_older_push_that_comes_late_does_not_take_the_place_of_a_newer(tmp_path: Path) -> None:
    busy, newer = comes(tmp_path, "bob"), comes(tmp_path, "alice")
    with pytest.raises(Superseded), ticket_for_push(tmp_path, "alice", lambda: False):
        pass
    answers = [True, False]  # git has moved on between the first look and the place in the line
    with pytest.raises(Superseded), ticket_for_push(tmp_path, "alice", lambda: answers.pop(0)):
        pass
    busy.ends()
    assert newer.began.wait(60)
    newer.ends()


def test_no_more_wait_than_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes the place of an older push makes no more of them."""
    monkeypatch.setattr(turns, "MOST_WAITING", 2)
    with ExitStack() as line:
        line.enter_context(ticket_for_push(tmp_path, "a", yes)).begin(1, nothing)
        for student in ("b", "c"):
            line.enter_context(ticket_for_push(tmp_path, student, yes))
        with pytest.raises(Crowded), ticket_for_push(tmp_path, "d", yes):
            pass
        line.enter_context(ticket_for_push(tmp_path, "c", yes))
        assert len(list(tmp_path.glob("*.waiting"))) == 2


def test_what_was_put_off_waits_whoever_else_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither takes a push's place, nor does a push take its."""
    monkeypatch.setattr(turns, "MOST_WAITING", 1)
    busy, push = comes(tmp_path, "bob"), comes(tmp_path, "alice")
    later = comes(tmp_path, "alice", join=ticket_for_backlog)
    newer = comes(tmp_path, "alice")
    assert isinstance(push.ends(), Superseded)
    busy.ends()
    assert newer.began.wait(60)
    assert not later.began.is_set()
    newer.ends()
    assert later.began.wait(60)
    assert later.ends() is None


def test_idle_is_when_nobody_waits_and_a_place_is_free(tmp_path: Path) -> None:
    with ticket_when_idle(tmp_path, "alice", 1):
        waiting = comes(tmp_path, "bob")
        assert not waiting.began.is_set()
        with pytest.raises(Postponed), ticket_when_idle(tmp_path, "carol", 9):
            pass
    assert waiting.began.wait(60)
    for student, places in (("alice", 1), ("bob", 2)):  # no place; or one beside the same student's
        with pytest.raises(Postponed), ticket_when_idle(tmp_path, student, places):
            pass
    with ticket_when_idle(tmp_path, "alice", 2):
        assert len(list(tmp_path.glob("*.grading"))) == 2
    waiting.ends()


DIES = """
import os, sys
from pathlib import Path
from course.classroom.git_server.turns import ticket_for_push
with ticket_for_push(Path(sys.argv[1]), "alice", lambda: True) as ticket:
    ticket.begin(1, lambda _: None)
    print("graded", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nobody_waits_for_a_process_that_was_killed(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DIES, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"graded\n"
        waiting = comes(tmp_path, "bob")
        assert not waiting.began.is_set()
        os.kill(process.pid, number)
    assert waiting.began.wait(60)
    waiting.ends()
    assert [path.name for path in tmp_path.iterdir()] == ["queue.lock"]


def test_names_with_dots_are_names(tmp_path: Path) -> None:
    with ticket_for_push(tmp_path, "a.b.waiting", yes):
        assert [path.name for path in tmp_path.glob("0*")] == ["000000001.a.b.waiting.waiting"]
        with ticket_for_push(tmp_path, "a", yes) as other:
            other.begin(2, nothing)
