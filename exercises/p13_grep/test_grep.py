"""Open samples of the checks: run them with `pytest exercises/p13_grep`."""

import os
import re
import time
from pathlib import Path

import pytest
from grep import BatchFailed, grep, map_chunks


def pid_of_worker(item: int) -> int:
    """Tells which process worked on the item."""
    return os.getpid()


def meet(names: tuple[str, str]) -> bool:
    """Leaves a file and waits for the other's: both must be at work at the same time."""
    mine, other = map(Path, names)
    mine.touch()
    limit = time.monotonic() + 5
    while not other.exists():
        if time.monotonic() > limit:
            return False
        time.sleep(0.005)
    return True


def test_same_lines_in_the_same_order() -> None:
    """Like a plain loop; the last chunk is smaller. A bad pattern is the caller's error."""
    lines = [f"{number} {'error' if number % 3 == 0 else 'ok'}" for number in range(10)]
    assert grep(lines, r"err+or", 2, 4) == ["0 error", "3 error", "6 error", "9 error"]
    with pytest.raises(re.error):
        grep(lines, "(", 2, 4)


def test_at_most_two_processes_and_never_yours() -> None:
    """Eight chunks, two workers: one crew does them all."""
    pids = set(map_chunks(pid_of_worker, range(16), 2, 2))
    assert len(pids) <= 2
    assert os.getpid() not in pids


def test_two_workers_meet(tmp_path: Path) -> None:
    """Each of two workers waits for the other one."""
    left, right = str(tmp_path / "left"), str(tmp_path / "right")
    assert map_chunks(meet, [(left, right), (right, left)], 2, 1) == [True, True]


def test_a_dead_worker_is_batch_failed() -> None:
    """`os._exit` ends the worker process without a word."""
    with pytest.raises(BatchFailed):
        map_chunks(os._exit, [3, 3], 2, 1)
