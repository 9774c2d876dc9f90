"""Attack 70: starve the calibration, to shift a ratio. No point hangs on a ratio, and no burner outlives its case."""

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

# Two processes in sessions of their own, for each case, as long as they are let.
BURNERS = """
import os
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
"""


def test_a_busy_machine_neither_costs_nor_brings_points(attack: Attack) -> None:
    """Slow but right is right; the honest submission beside it keeps its points; the arena looks for the burners."""
    attacked = attack("p13", altered("p13", ("import re\n", f"{BURNERS}import re\n")))
    assert attacked.points == 10, attacked.said


def test_slow_and_wrong_is_wrong(attack: Attack) -> None:
    """One process at a time, on a machine where two would not be faster: the meeting is what counts."""
    one_by_one = (
        "return list(pool.map(func, items, chunksize=chunk))",
        "return [pool.submit(func, item).result() for item in items]",
    )
    burners = BURNERS.replace("while True", "for _ in range(2_000_000)").replace(
        "            pass", "            pass\n        os._exit(0)"
    )
    attacked = attack("p13", altered("p13", ("import re\n", f"{burners}import re\n"), one_by_one))
    assert attacked.points < 10
    assert "two worker processes inside func at the same time never more than 1 at once" in attacked.said
