"""Attack 92: write into another case's results, or steal its number. A case sees its own processes and no others."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.forging import TRIED

SPY = """
def attempts():
    own = {os.getpid(), 1}
    seen = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in own]
    places = [f"/proc/{process}/fd/{number}" for process in (1, *seen) for number in range(3, 12)]
    places += ["/run/meetings/spy", "/proc/1/cmdline"]
    wrote = [tried(os.open, place, os.O_WRONLY | os.O_CREAT) for place in places]
    return seen, wrote, [tried(os.listdir, place) for place in ("/run/meetings", "/proc/1/fd")]
"""


def test_no_other_case_is_seen(attack: Attack, isolation: Isolation) -> None:
    if "namespaces" not in isolation.layers:
        pytest.skip("no namespaces on this machine: numbers of processes are seen")
    attacked = attack("p13", TRIED + SPY)
    assert attacked.points == 0
    assert "TOLD ([], [" in attacked.said
    assert "DONE" not in attacked.said
