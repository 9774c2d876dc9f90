"""Attack 29: blind the scheduler, by tracing switched off, hooks replaced, code made at run time. It sees all the same.

Preemption points are compiled into the module, and their hooks are no names. Code without points is refused.
"""

import pytest

from course.lessons import lessons_named
from tests.attacks.conftest import Attack

# All that could look at running code from outside is taken away, by names that no look at the source can tell.
UNTRACED = """
import gc, sys, threading
reach, put = [getattr][0], [setattr][0]
for module, name in ((sys, "set" + "trace"), (sys, "set" + "profile"), (threading, "set" + "trace"),
                     (threading, "set" + "profile")):
    try:
        reach(module, name)(None)
    except PermissionError:  # such calls are refused one by one; go on without
        pass
    put(module, name, lambda *_: None)
reach(sys, "setswitch" + "interval")(1e9)
gc.disable()
monitoring = reach(sys, "monitor" + "ing", None)
for tool in range(6 if monitoring else 0):
    if monitoring.get_tool(tool):
        monitoring.free_tool_id(tool)
    monitoring.use_tool_id(tool, "mallory")
    monitoring.set_events(tool, monitoring.events.NO_EVENTS)
"""
# The names by which the hooks are called in the tree, and whatever else of ours might be among the module's names.
UNHOOKED = """
prefix = "_cou" + "rse_"
for name in (prefix + "point", prefix + "loop", prefix + "store", *[name for name in globals() if "course" in name]):
    globals()[name] = lambda site, value=None, *_: value
"""
BLINDING = {"untraced": UNTRACED, "unhooked": UNHOOKED, "both": UNTRACED + UNHOOKED}
NAMED = {
    "import sys\nsys.settrace(None)\n": "line 2, uses `sys.settrace`",
    "import sys\nsys.setprofile(None)\n": "line 2, uses `sys.setprofile`",
    "import sys as s\ns.monitoring.free_tool_id(0)\n": "line 2, uses `sys.monitoring`",
    "from threading import settrace\n": "line 1, uses `threading.settrace`",
    "import sys\ngetattr(sys, 'settrace')(None)\n": "line 2, uses `getattr(sys, ...)`",
}
MADE_AT_RUN_TIME = """
import builtins
space = {{}}
[getattr][0](builtins, "ex" + "ec")({source!r}, space)
Report = space["Report"]
def rewrite_logs(paths, pattern, replacement, workers=4, *, read=space["_read_text"], write=space["_write_text"]):
    return space["rewrite_logs"](paths, pattern, replacement, workers, read=read, write=write)
"""


def racy() -> str:
    """A module that is right but for one data race, which costs one point of ten."""
    (lesson,), _ = lessons_named(["t09"])
    return lesson.variants("mistakes")["counters_without_lock"].read_text(encoding="utf-8")


@pytest.mark.parametrize("blinding", BLINDING)
def test_the_race_is_found_all_the_same(attack: Attack, blinding: str) -> None:
    attacked = attack("t09", BLINDING[blinding] + racy())
    assert [check.id for check in attacked.lesson.checks if check.status != "passed"] == ["counts_not_lost"]
    assert attacked.points == 9
    failure = attacked.check("counts_not_lost").failure
    assert failure is not None
    assert failure.diagnosis is not None
    assert failure.diagnosis.id == "lost_update"


@pytest.mark.parametrize("source", NAMED)
def test_who_reaches_for_tracing_is_told_so(attack: Attack, source: str) -> None:
    attacked = attack("t09", source + racy())
    assert attacked.points == 0
    assert NAMED[source] in attacked.lesson.problem


def test_code_without_points_is_refused(attack: Attack) -> None:
    attacked = attack("t09", MADE_AT_RUN_TIME.format(source=racy()))
    assert attacked.points == 0
    assert "code that is made while it runs (exec, eval, compile)" in attacked.lesson.problem
