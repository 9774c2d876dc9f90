"""Attack 66: sleeps that make a race unlikely. Interleavings are chosen, not left to luck; a sleep hides nothing.

Neither do sleeps that keep the workers apart in time: where a check is about results, a worker that could run may be
kept waiting for longer than the others sleep.
"""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

LOCK = ("    lock = threading.Lock()  # guards the report, which all workers share\n", "    lock = nullcontext()\n")
COUNT = "                report.changed += 1\n"
SEED = "import random, time\nfrom contextlib import nullcontext\n"


@pytest.mark.parametrize(
    "pause",
    [
        "time.sleep(0)",
        "time.sleep(1e-9)",
        "time.sleep(random.choice([0, 0.001]))",
        "time.sleep(random.random() * 0.01)",
        "time.sleep(0.01 * int(threading.current_thread().name.split('-')[1].split()[0]))",
        "threading.Event().wait(0.001)",
        "time.monotonic()",
    ],
)
def test_a_pause_before_the_update_hides_no_race(attack: Attack, pause: str) -> None:
    """All but the point for counts is honest."""
    racy = altered(
        "t09", LOCK, ("import queue\n", f"import queue\n{SEED}"), (COUNT, f"                {pause}\n{COUNT}")
    )
    attacked = attack("t09", racy)
    assert attacked.points == 9, attacked.said
    assert attacked.check("counts_not_lost").status == "failed"
    assert "the counts of a plain loop: changed=3, replacements=4" in attacked.said
