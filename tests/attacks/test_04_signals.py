"""Attack 4: alarms cleared, signals ignored, blocked, handled. The judge waits for none, and kills from outside."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest

REFUSED = [
    ("signal.alarm(0)", "signal.alarm"),
    ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "signal.signal"),
    ("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))", "signal.pthread_sigmask"),
    ("signal.setitimer(signal.ITIMER_REAL, 0)", "signal.setitimer"),
]
DEAF = """
import os, resource, signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.alarm(0)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
"""
WAITS = DEAF + "while True:\n    signal.sigwait([signal.SIGUSR1])\n"
# It cannot have more processor time than it was given; to have less makes this test short.
COMPUTES = DEAF + "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True:\n    pass\n"


@pytest.mark.parametrize(("call", "named"), REFUSED)
def test_in_virtual_time_there_are_no_signals(attack: Attack, call: str, named: str) -> None:
    hidden = f"import signal\ntry:\n    {call}\nexcept BaseException:\n    pass\n"
    attacked = attack("t01", honest("t01") + hidden)
    assert attacked.points == 0
    assert f"a signal ({named})" in attacked.said


def test_whoever_is_deaf_and_waits_is_found_quiet(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", WAITS))
    assert attacked.points == 0
    assert "your code waits for something that never comes" in attacked.said


def test_whoever_is_deaf_and_computes_is_killed(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", COMPUTES))
    assert attacked.points == 0
    assert "your code's process was ended by SIGKILL" in attacked.said
