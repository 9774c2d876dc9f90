"""Attack 82: kill or stop the warden, the starter, and everybody. Signals reach a case's own processes only."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.forging import TRIED

SIGNALS = """
def attempts():
    others = {1, os.getppid(), os.getpgid(os.getppid()) if os.getppid() else 0}
    numbers = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)
    return [tried(os.kill, process, number) for process in others if process > 0 for number in numbers]
"""


def test_neither_warden_nor_starter_is_signalled(attack: Attack, isolation: Isolation) -> None:
    if "signal" in isolation.holes:
        pytest.skip("no namespaces and no Landlock on this machine: nothing keeps signals in")
    attacked = attack("p13", TRIED + SIGNALS)
    assert attacked.points == 0
    assert "TOLD ['PermissionError'" in attacked.said
    assert "DONE" not in attacked.said


def test_a_signal_is_refused_in_virtual_time(attack: Attack) -> None:
    attacked = attack("t01", "import os\ndef fetch_quotes(symbols, fetch):\n    os.kill(1, 9)\n")
    assert attacked.points == 0
    assert "sending a signal (os.kill)" in attacked.said
