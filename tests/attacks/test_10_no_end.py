"""Attack 10: deadlock, livelock, endless loops. Each ends at a limit; in virtual time it is told who waits where."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest

CALL = "import itertools, threading\ndef fetch_quotes(symbols, fetch):\n"
DEADLOCK = CALL + "    lock = threading.Lock()\n    with lock:\n        lock.acquire()\n"
TWO_LOCKS = """
import threading
def fetch_quotes(symbols, fetch):
    one, two = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)
    def take(first, second):
        with first:
            both.wait()
            with second:
                pass
    threads = [threading.Thread(target=take, args=locks, daemon=True) for locks in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
LIVELOCK = CALL + "    you = me = True\n    while you or me:\n        you, me = me, you\n"
LOOP_IN_C = CALL + "    for _ in itertools.repeat(None):\n        pass\n"
# It cannot have more processor time than it was given (attack 17); to have less makes this test short.
NO_POINT_IN_IT = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 31))\nsum(range(10**12))\n"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (DEADLOCK, "a deadlock: main waits for `lock`, which main has held since line 4, at line 5"),
        (TWO_LOCKS, "Thread-1 (take) waits for `second`, which Thread-2 (take) has held since line 7, at line 9"),
        (LIVELOCK, "it goes on for ever: main runs at line 4"),
        (LOOP_IN_C, "it goes on for ever: main runs at line 3"),
    ],
)
def test_virtual_time_shows_who_waits_where(attack: Attack, source: str, sentence: str) -> None:
    attacked = attack("t01", source)
    assert attacked.points == 0
    assert sentence in attacked.said


def test_a_loop_that_the_scheduler_never_sees_ends_with_its_processor_time(attack: Attack) -> None:
    attacked = attack("t01", NO_POINT_IN_IT + honest("t01"))
    assert attacked.points == 0
    assert "your code has used up its processor time: a loop in it does not end" in attacked.said


def test_a_real_deadlock_is_silence(attack: Attack) -> None:
    attacked = attack(
        "p13", at_import("p13", "import threading\nlock = threading.Lock()\nwith lock:\n    lock.acquire()")
    )
    assert attacked.points == 0
    assert "your code waits for something that never comes: no thread or process of it can go on" in attacked.said
