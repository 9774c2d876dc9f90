"""Turns: first come, first served, and nobody waits for the dead."""

import subprocess
import sys
import threading
from pathlib import Path

from course.classroom.git_server.turns import alone, turn


class Waiting:
    """Notes how many came first, and lets a test wait until somebody waits."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.begun = threading.Event()

    def __call__(self, before: int = 0) -> None:
        if before not in self.told:
            self.told.append(before)
        self.begun.set()


def test_whoever_comes_first_is_first(tmp_path: Path) -> None:
    order: list[str] = []
    waiting = [Waiting() for _ in range(3)]

    def comes(name: int) -> None:
        with turn(tmp_path, 1, waiting[name]):
            order.append(f"{name}")

    threads = [threading.Thread(target=comes, args=(name,)) for name in range(3)]
    with turn(tmp_path, 1, lambda _: None):
        for name, thread in enumerate(threads):
            thread.start()
            assert waiting[name].begun.wait(30)
        assert order == []
    for thread in threads:
        thread.join(30)
    assert order == ["0", "1", "2"]
    assert [each.told[0] for each in waiting] == [1, 2, 3]


def test_as_many_go_at_once_as_there_are_places(tmp_path: Path) -> None:
    third = Waiting()
    with turn(tmp_path, 2, lambda _: None):
        with turn(tmp_path, 2, lambda _: None):
            thread = threading.Thread(target=lambda: turn(tmp_path, 2, third).__enter__())
            thread.start()
            assert third.begun.wait(30)
        thread.join(30)
        assert not thread.is_alive()
    assert third.told == [1]


DIES = """
import os, sys
from pathlib import Path
from course.classroom.git_server.turns import alone, turn
with alone(Path(sys.argv[1]), "alice", lambda: None), turn(Path(sys.argv[1]), 1, lambda _: None):
    os._exit(1)
"""


def test_nobody_waits_for_a_process_that_was_killed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False)
    assert len(list(tmp_path.glob("*.turn"))) == 1
    waiting = Waiting()
    with alone(tmp_path, "alice", waiting), turn(tmp_path, 1, waiting):
        assert waiting.told == []
    assert list(tmp_path.glob("*.turn")) == []


def test_one_student_is_graded_once_at_a_time(tmp_path: Path) -> None:
    waiting, entered = Waiting(), threading.Event()

    def comes() -> None:
        with alone(tmp_path, "alice", waiting):
            entered.set()

    thread = threading.Thread(target=comes)
    with alone(tmp_path, "alice", lambda: None):
        thread.start()
        assert waiting.begun.wait(30)
        assert not entered.is_set()
        with alone(tmp_path, "bob", lambda: None):
            pass
    thread.join(30)
    assert entered.is_set()
