"""Attack 87: let only harmless schedules be tried. The lab draws with its own methods, which nobody can replace."""

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
CALM_SCHEDULER = 'setattr(kind, "_pi" + "ck", lambda scheduler, me, options, can_go_on: 0)'
FORGED = f"""
import threading
{INSIDE}
if hasattr(threading.Lock(), "_cou" + "rse_scheduler"):
    kind = type(inside(threading.Lock(), "_cou", "rse_scheduler"))
    {CALM_SCHEDULER}
"""
# All classes of a process can be found; those of the lab are as unchangeable as builtin ones.
ALL_CLASSES = f"""
{INSIDE}
def below(kind):
    return [each for found in type.__dict__["__subcl" + "asses__"](kind) for each in (found, *below(found))]
(kind,) = [kind for kind in below(object) if kind.__name__ == "Scheduler" and kind.__module__ == "course.lab.scheduler"]
try:
    CHANGE
except TypeError as error:
    raise RuntimeError(str(error))
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


def test_what_is_lent_does_not_lead_to_the_scheduler(attack: Attack) -> None:
    """There is no such attribute: the race is found."""
    attacked = attack("t09", FORGED + racing())
    assert attacked.points == 9
    assert attacked.check("counts_not_lost").status == "failed"


@pytest.mark.parametrize("change", [CALM_SCHEDULER, CALM_SCHEDULER.replace("setattr", "type.__setattr__")])
def test_a_class_of_the_lab_cannot_be_changed(attack: Attack, change: str) -> None:
    attacked = attack("t09", ALL_CLASSES.replace("CHANGE", change) + racing())
    assert attacked.points == 0
    assert "cannot set '_pick' attribute of immutable type 'Scheduler'" in attacked.said
