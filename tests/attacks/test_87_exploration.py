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
# All classes of a process, as far as anybody is told of them.
ALL_CLASSES = """
import threading
def below(kind):
    return [each for found in type.__dict__["__subcl" + "asses__"](kind) for each in (found, *below(found))]
found = below(object)
names = {kind.__name__ for kind in found if kind.__module__.startswith("course")}
raise RuntimeError(f"{len(found) > 100=} {threading.Thread in found=} {names=}")
"""
# Some of the lab's can be had all the same; they are as unchangeable as builtin ones.
CLASS_OF_LAB = """
import threading
kind = type(threading.Lock()).__mro__[1]
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


def test_no_class_of_the_lab_is_among_all_classes(attack: Attack) -> None:
    attacked = attack("t09", ALL_CLASSES)
    assert "len(found) > 100=True threading.Thread in found=True names=set()" in attacked.said


@pytest.mark.parametrize("change", ["kind.acquire = print", "type.__setattr__(kind, 'acquire', print)"])
def test_a_class_of_the_lab_cannot_be_changed(attack: Attack, change: str) -> None:
    attacked = attack("t09", CLASS_OF_LAB.replace("CHANGE", change))
    assert attacked.points == 0
    assert "cannot set 'acquire' attribute of immutable type 'PlainLock'" in attacked.said
