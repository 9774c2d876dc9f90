"""Attack 69: look again and again instead of waiting. A loop that spins is counted, a sleeper that wakes up is, too.

Time does not pass for who looks only; what costs nothing on a fast machine shows in the number of looks.
"""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

WAIT = "        if not self._settled.wait(timeout):\n"
NO_PROCESSOR = "a waiting thread uses no processor until it is woken"
NOTHING = "a waiting thread does nothing until it is woken, however long that takes one more second of waiting cost"
FOR_EVER = "the call comes back it goes on for ever"


@pytest.mark.parametrize(
    ("looks", "points", "said"),
    [
        ("while timeout is None and not self._settled.is_set(): pass", 9, NO_PROCESSOR),
        ("while timeout is None and not self._settled.is_set(): time.sleep(0)", 9, NO_PROCESSOR),
        ("while timeout is None and not self._settled.is_set(): os.sched_yield()", 9, NO_PROCESSOR),
        ("while timeout is None and not self._settled.wait(0.05): pass", 9, NOTHING),
        ("while timeout is None and not self._settled.is_set(): time.sleep(0.05)", 9, "does not look for itself"),
        ("for _ in iter(lambda: timeout is not None or self._settled.is_set(), True): pass", 1, FOR_EVER),
    ],
    ids=["while", "sleep(0)", "sched_yield", "short waits", "short sleeps", "for"],
)
def test_who_looks_again_and_again_is_found_out(attack: Attack, looks: str, points: int, said: str) -> None:
    """A gate that opens in the end has all other points; a loop that lets nobody else run has hardly any."""
    source = altered(
        "t03", ("import threading\n", "import os\nimport threading\nimport time\n"), (WAIT, f"        {looks}\n{WAIT}")
    )
    attacked = attack("t03", source)
    assert attacked.points == points, attacked.said
    assert said in attacked.said
