"""Attack 65: `setswitchinterval`, `gc.disable`, affinity, priorities. Threads are switched by the scheduler alone.

Named, the first one is refused before anything runs; under another name it has no effect on any schedule. What would
slow down others (the judge's affinity and priority, a real-time class) is refused by the kernel.
"""

import os

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

SETTINGS = """
import gc, os, sys
find = getattr
find(sys, "setswitch" + "interval")(1e9)
gc.disable()
os.nice(1)
"""
# What would touch others; each must be refused.
ON_OTHERS = """
import os
said = []
for what, do in {
    "affinity of the parent": lambda: os.sched_setaffinity(os.getppid(), {0}),
    "first of all": lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
    "parent last of all": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
    "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
    "judge last of all": lambda: os.setpriority(os.PRIO_PROCESS, JUDGE, 19),
    "judge in one place": lambda: os.sched_setaffinity(JUDGE, {0}),
}.items():
    try:
        do()
        said.append(what + ": done")
    except OSError as error:
        said.append(what + ": refused")
raise RuntimeError("; ".join(said))
"""
LOCK = ("    lock = threading.Lock()  # guards the report, which all workers share\n", "    lock = nullcontext()\n")


def test_the_setting_is_refused_by_name(attack: Attack) -> None:
    attacked = attack("t09", "import sys\nsys.setswitchinterval(1e9)\n" + altered("t09"))
    assert attacked.points == 0
    assert "line 2, uses `sys.setswitchinterval`" in attacked.said


def test_a_race_is_found_whatever_is_set(attack: Attack) -> None:
    """All but the point for counts is honest."""
    racy = altered("t09", LOCK, ("import queue\n", f"import queue\nfrom contextlib import nullcontext\n{SETTINGS}"))
    attacked = attack("t09", racy)
    assert attacked.points == 9
    assert attacked.check("counts_not_lost").status == "failed"
    assert "the counts of a plain loop: changed=3, replacements=4" in attacked.said


def test_nobody_else_is_slowed_down(attack: Attack) -> None:
    judge = os.getpid()
    before = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    attacked = attack("t09", ON_OTHERS.replace("JUDGE", str(judge)))
    assert attacked.points == 0
    assert ": done" not in attacked.said
    assert "first of all: refused" in attacked.said
    assert "judge in one place: refused" in attacked.said
    assert (os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)) == before
