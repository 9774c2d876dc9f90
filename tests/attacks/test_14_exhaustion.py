"""Attack 14: descriptors, semaphores, shared memory, the judge's own meeting: all taken. They end with the case."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.honest import honest, with_first

DESCRIPTORS = """
import os
def fetch_quotes(symbols, fetch):
    kept = []
    try:
        while True:
            kept.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise ValueError(f"{len(kept) // 100} hundred, then {error.errno}") from None
"""
SEMAPHORES = """
kept = []
try:
    while True:
        kept.append(multiprocessing.Lock())
except OSError as error:
    raise ValueError(f"{len(kept) // 1000} thousand, then {error.errno}") from None
"""
SHARED = """
import os
written = 0
try:
    for number in range(8):
        file = os.open(f"/dev/shm/left-behind-{number}", os.O_CREAT | os.O_WRONLY)
        for _ in range(32):
            written += os.write(file, bytes(1 << 20))
except OSError as error:
    raise ValueError(f"{written >> 20} MB, then {error.errno}") from None
"""
# Every connection that is accepted costs the judge a descriptor. Some are dropped, some wait, some say nothing.
MEETING = """
def visit():
    import os, socket
    kept, turned_away = [], 0
    for number in range(400):
        visitor = socket.socket(socket.AF_UNIX)
        visitor.connect(os.environ["COURSE_MEETING"])
        if number % 4 == 1:
            visitor.close()
            continue
        kept.append(visitor)
        try:
            visitor.send(b"x\\n" if number % 4 else b"says nothing")
        except OSError:
            pass
    while turned_away < 200:
        try:
            turned_away += kept.pop().recv(1) == b""
        except ConnectionError:
            turned_away += 1
    raise ValueError(f"{turned_away} were turned away")
"""


def test_descriptors(attack: Attack) -> None:
    attacked = attack("t01", DESCRIPTORS)
    assert attacked.points == 0
    assert "ValueError: 5 hundred, then 24" in attacked.said or "ValueError: 4 hundred, then 24" in attacked.said


@pytest.mark.parametrize(("bomb", "sentence"), [(SEMAPHORES, "16 thousand, then 28"), (SHARED, "64 MB, then 28")])
def test_shared_memory(attack: Attack, isolation: Isolation, bomb: str, sentence: str) -> None:
    if "namespaces" not in isolation.layers:
        pytest.skip("without namespaces a case has no shared memory of its own")
    attacked = attack("p13", f"import multiprocessing\n{honest('p13')}{bomb}")
    assert attacked.points == 0
    assert sentence in attacked.said


def test_the_judges_meeting(attack: Attack) -> None:
    """In the check in which two processes meet, one of them comes four hundred times and stays."""
    attacked = attack("p13", with_first("p13", "with ProcessPoolExecutor(workers) as", "visit()") + MEETING)
    assert attacked.points == attacked.check("bad_pattern_raises_in_caller").points
    assert "ValueError: 200 were turned away" in attacked.said
