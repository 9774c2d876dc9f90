"""Attack 87: let only harmless schedules be tried. The lab draws with its own methods.

Open: names that are put together at run time can calm the schedules, and hide the race of t09, for 1 point.
"""

import pytest

from course.lessons import lessons_named
from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE

CALM = "random.Random.random = lambda self: 0.0"
PLAIN = {
    "drawn numbers": f"import random\n{CALM}\n",
    "all methods": "import random\nfor name in ('random', 'choices', 'randrange'):\n"
    "    setattr(random.Random, name, lambda self, *_, **__: 0)\n",
    "the seed": "import random\nrandom.Random.seed = lambda self, *_: None\n",
    "the interval": "import gc\ngc.disable()\ngc.set_threshold(0)\n",
}
# The scheduler's own function by which strategies are asked, replaced by one that always goes on.
FORGED = f"""
import threading
{INSIDE}
if hasattr(threading.Lock(), "_cou" + "rse_scheduler"):
    kind = type(inside(threading.Lock(), "_cou", "rse_scheduler"))
    setattr(kind, "_pi" + "ck", lambda scheduler, me, options, can_go_on: 0)
"""


def racing() -> str:
    """Worth all points but that of `counts_not_lost`, which needs schedules with preemptions to fail."""
    (lesson,), _ = lessons_named(["t09"])
    return lesson.variants("mistakes")["counters_without_lock"].read_text(encoding="utf-8")


@pytest.mark.parametrize("attempt", PLAIN)
def test_schedules_are_drawn_all_the_same(attack: Attack, attempt: str) -> None:
    attacked = attack("t09", PLAIN[attempt] + racing())
    assert attacked.points == 9
    assert attacked.check("counts_not_lost").status == "failed"


def test_replaced_builtins_are_refused(attack: Attack) -> None:
    attacked = attack("t09", "import builtins\nbuiltins.len = bool\n" + racing())
    assert attacked.points == 0
    assert "line 2, uses `builtins.len`" in attacked.said


def test_a_forger_with_names_put_together_wins_the_race(attack: Attack) -> None:
    """What is open: one point of ten here. Nothing outside of the worker sees which schedules were run."""
    attacked = attack("t09", FORGED + racing())
    assert attacked.points == 10
