"""Attack 3: exit handlers that change results or the exit status. The verdict comes before, no status is trusted."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest

# Every way to run code at the end of the process; each would end it as a success, and write over all that is open.
HANDLERS = """
import atexit, os, threading, weakref

def rewrite():
    for descriptor in range(3, 600):
        try:
            os.write(descriptor, b'{"kind": "end", "runs": 0}')
        except OSError:
            pass
    os._exit(0)

class AtTheEnd:
    def __del__(self):
        rewrite()

weakref.finalize(AtTheEnd, rewrite)
kept = AtTheEnd()
before = atexit._ncallbacks()
atexit.register(rewrite)
atexit.register(rewrite)
"""
WRONG = (
    HANDLERS
    + """
def fetch_quotes(symbols, fetch):
    raise ValueError(f"{atexit._ncallbacks() - before} handlers wait for the end")
"""
)
AT_ONCE = (
    HANDLERS
    + """
def fetch_quotes(symbols, fetch):
    atexit._run_exitfuncs()
"""
)


def test_a_wrong_module_stays_wrong(attack: Attack) -> None:
    attacked = attack("t01", WRONG)
    assert attacked.points == 0
    assert "ValueError: 2 handlers wait for the end" in attacked.said


def test_handlers_that_are_run_at_once_end_the_case(attack: Attack) -> None:
    attacked = attack("t01", AT_ONCE)
    assert attacked.points == 0
    assert attacked.check("values_and_order").status == "failed"


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_a_right_module_keeps_its_points_whatever_its_exit_status(attack: Attack, key: str) -> None:
    failing = "import atexit, os, weakref\natexit.register(os._exit, 3)\nweakref.finalize(os._exit, os._exit, 4)"
    attacked = attack(key, at_import(key, failing) if key == "p13" else f"{honest(key)}\n{failing}\n")
    assert attacked.points == attacked.lesson.max_points
