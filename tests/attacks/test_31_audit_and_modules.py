"""Attack 31: audit hooks, and edits of `sys.modules`. Named before they run, refused as they happen, and of no use.

The lab has taken what it needs before the module runs; the judge is another process, and has proofs of its own.
"""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import honest

NAMED = {
    "import sys\nsys.addaudithook(print)\n": "line 2, uses `sys.addaudithook`",
    "from sys import addaudithook as a\n": "line 1, uses `sys.addaudithook`",
    "import sys\nsys.modules.clear()\n": "line 2, uses `sys.modules`",
    "import sys\nvars(sys)['modules']\n": "line 2, uses `vars(sys)`",
    "import sys\nsys.meta_path.clear()\n": "line 2, uses `sys.meta_path`",
}
# By names in texts. Each tells what came of it in the message of an exception.
HOOK = """
import sys
heard = []
def told():
    try:
        [getattr][0](sys, "addaudit" + "hook")(lambda event, arguments: heard.append(event))
    except BaseException as error:
        return type(error).__name__
    open("/dev/null").close()
    return f"{len(heard)} events"
"""
MODULES = """
import sys
modules = [getattr][0](sys, "mod" + "ules")
class Forged(type(sys)):
    def __getattr__(self, name):
        return lambda *_, **__: True
def told():
    names = [name for name in modules if name.partition(".")[0] in ("course", "scenarios", "pytest", "_pytest")]
    for name in [*names, "msgspec", "json", "os", "struct", "time", "threading", "queue", "gc", "random", "math"]:
        modules[name] = Forged(name)
    [getattr][0](sys, "meta_" + "path").clear()
    [getattr][0](sys, "path_" + "hooks").clear()
    return f"lab in sight: {sorted(names)}"
"""
WRONG = "def fetch_quotes(symbols, fetch):\n    raise ValueError(told())\n"
# One call after the other is worth 6 points, whatever becomes of the modules meanwhile.
SEQUENTIAL = """
def fetch_quotes(symbols, fetch):
    told()
    prices, error = {}, None
    for symbol in symbols:
        try:
            prices[symbol] = fetch(symbol)
        except Exception as exception:
            error = error or exception
    if error:
        raise error
    return prices
"""
HONEST = {"values_and_order", "empty", "error_after_all_done", "no_threads_left"}


@pytest.mark.parametrize("source", NAMED)
def test_who_reaches_for_them_is_told_so(attack: Attack, source: str) -> None:
    attacked = attack("t01", source + honest("t01"))
    assert attacked.points == 0
    assert NAMED[source] in attacked.lesson.problem


def test_no_hook_is_added(attack: Attack) -> None:
    attacked = attack("t01", HOOK + WRONG)
    assert attacked.points == 0
    assert "ValueError: 0 events" in attacked.said  # to open a file is one


def test_the_lab_is_not_among_the_modules(attack: Attack) -> None:
    """Only the module itself and its driver are, and they are the run's own."""
    attacked = attack("t01", MODULES + WRONG)
    assert attacked.points == 0
    assert "ValueError: lab in sight: ['scenarios']" in attacked.said


@pytest.mark.parametrize("edit", [HOOK, MODULES], ids=["audit hook", "modules"])
def test_edits_bring_no_points(attack: Attack, edit: str) -> None:
    attacked = attack("t01", edit + SEQUENTIAL)
    assert {check.id for check in attacked.lesson.checks if check.status == "passed"} <= HONEST
    assert attacked.points <= 6
