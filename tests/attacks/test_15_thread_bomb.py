"""Attack 15: a thread bomb. The system gives a case so many and no more, and the judge ends one that goes on."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import

LIMIT = "your code has started more than 800 threads and processes at once"
NO_END = "it goes on for ever: main runs at line"
BOMB = """
import threading, time
async def health_report(probes, limit=None):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(10**6,)).start()
        except {}:
            pass
"""
REAL_BOMB = """
import threading
for_ever = threading.Event()
while True:
    try:
        threading.Thread(target=for_ever.wait, daemon=True).start()
    except RuntimeError:
        pass
"""
AT_MOST = """
import threading
async def health_report(probes, limit=None):
    for_ever, started = threading.Event(), 0
    try:
        while True:
            threading.Thread(target=for_ever.wait).start()
            started += 1
            if started == 2_000:
                break
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    raise ValueError("as many as it wants")
"""


@pytest.mark.parametrize("caught", ["RuntimeError", "BaseException"])
def test_virtual_threads_are_limited(attack: Attack, caught: str) -> None:
    """By the judge, who counts; or the system has no more, and the loop is seen to get nowhere."""
    attacked = attack("a17", BOMB.format(caught))
    assert attacked.points == 0
    assert LIMIT in attacked.said or NO_END in attacked.said


def test_a_bomb_where_all_schedules_are_tried_ends_with_its_first_run(attack: Attack) -> None:
    source = BOMB.format("RuntimeError").replace(
        "async def health_report(probes, limit=None)", "def fetch_quotes(symbols, fetch)"
    )
    attacked = attack("t01", source)
    assert attacked.points == 0
    assert LIMIT in attacked.said or NO_END in attacked.said


def test_nobody_gets_two_thousand(attack: Attack) -> None:
    """Whoever comes first: the judge, who counts, or the system, which has no more."""
    attacked = attack("a17", AT_MOST)
    assert attacked.points == 0
    assert LIMIT in attacked.said or "ValueError: can't start new thread" in attacked.said


def test_real_threads_are_limited(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", REAL_BOMB))
    assert attacked.points == 0
    assert LIMIT in attacked.said
