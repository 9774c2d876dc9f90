"""Attack 83: read the memory of the warden, or one's own, for the number of the case. Neither can be opened."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.forging import TRIED

OPENS = """
def attempts():
    places = [f"/proc/{who}/{what}" for who in (1, os.getppid(), "self", os.getpid(), "thread-self")
              for what in ("mem", "maps", "environ", "auxv")]
    return [tried(open, place, "rb") for place in places]
"""
IN_VIRTUAL_TIME = """
import re
def fetch_quotes(symbols, fetch):
    memory = open("/proc/self/mem", "rb")
    return {}
"""


def test_no_memory_is_opened(attack: Attack, isolation: Isolation) -> None:
    if "Landlock" not in isolation.layers:
        pytest.skip("no Landlock on this machine: a process reads its own memory")
    attacked = attack("p13", TRIED + OPENS)
    assert attacked.points == 0
    assert "TOLD ['PermissionError'" in attacked.said
    assert "DONE" not in attacked.said
    attacked = attack("t01", IN_VIRTUAL_TIME)
    assert attacked.points == 0
    assert "Permission denied: '/proc/self/mem'" in attacked.said


def test_c_functions_are_refused_by_name(attack: Attack) -> None:
    """With ptrace and process_vm_readv behind them."""
    attacked = attack("p13", "import ctypes\nctypes.CDLL(None).ptrace(16, 1, 0, 0)\n" + TRIED)
    assert attacked.points == 0
    assert "line 1, uses `ctypes`" in attacked.said
