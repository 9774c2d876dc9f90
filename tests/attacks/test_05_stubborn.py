"""Attack 5: `except BaseException` in a loop, so that no order to stop is obeyed. SIGKILL asks nobody."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import honest, with_first

STUBBORN = """
def stay():
    while True:
        try:
            {}
        except BaseException:
            pass
"""
SLEEPS, WAITS, RAISES = "time.sleep(3600)", "threading.Event().wait()", "raise SystemExit"
IN_A_CALL = "import threading, time\ndef fetch_quotes(symbols, fetch):\n    stay()\n"
PROCESSES = """
import os, signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        stay()
stay()
"""


@pytest.mark.parametrize("what", [SLEEPS, RAISES])
def test_a_call_that_swallows_its_orders_goes_on_for_ever(attack: Attack, what: str) -> None:
    attacked = attack("t01", STUBBORN.format(what) + IN_A_CALL)
    assert attacked.points == 0
    assert "it goes on for ever: main runs at line" in attacked.said


def test_a_call_that_waits_again_and_again_is_deadlocked(attack: Attack) -> None:
    attacked = attack("t01", STUBBORN.format(WAITS) + IN_A_CALL)
    assert attacked.points == 0
    assert "a deadlock: main waits in Event.wait()" in attacked.said


def test_threads_that_swallow_their_orders_cost_what_they_cost(attack: Attack) -> None:
    """They outlive the call, which has a check of its own; the runs after them are what they are."""
    started = "threading.Thread(target=stay, daemon=True).start()"
    attacked = attack("t01", with_first("t01", "prices: dict", started) + STUBBORN.format(WAITS))
    assert [check.id for check in attacked.lesson.checks if check.status != "passed"] == ["no_threads_left"]
    assert "1 still running: Thread-1 (stay)" in attacked.said


def test_processes_that_ignore_signals_are_gone_with_their_case(attack: Attack) -> None:
    attacked = attack("p13", honest("p13") + "\nimport threading" + STUBBORN.format(WAITS) + PROCESSES)
    assert attacked.points == 0
    assert "your code waits for something that never comes" in attacked.said
