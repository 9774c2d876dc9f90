"""Attack 23: `pytest.skip()`, `xfail()` and the like from student code. They are exceptions like any other.

A check knows passed, failed and not reached; no exception of a student's makes it anything but failed.
"""

import pytest

from tests.attacks.conftest import Attack

IMPORTS = "from _pytest.outcomes import exit as leave, fail, importorskip, skip, xfail\nimport threading, unittest\n"
LEAVES = {
    "skip('not today')": "Skipped: not today",
    "xfail('known')": "XFailed: known",
    "leave('all is well', returncode=0)": "Exit: all is well",
    "importorskip('no_such_module')": "Skipped: could not import 'no_such_module'",
    "raise unittest.SkipTest('not today')": "SkipTest: not today",
}
REAL = """
def grep(lines, pattern, workers, chunk):
    skip('not today')
def map_chunks(func, items, workers, chunk):
    xfail('known')
class BatchFailed(Exception):
    pass
"""
IN_A_THREAD = """
def fetch_quotes(symbols, fetch):
    thread = threading.Thread(target=skip, args=("not today",))
    thread.start()
    thread.join()
    return {}
"""


@pytest.mark.parametrize(("leave", "named"), LEAVES.items())
def test_in_a_call(attack: Attack, leave: str, named: str) -> None:
    attacked = attack("t01", f"{IMPORTS}def fetch_quotes(symbols, fetch):\n    {leave}\n")
    assert attacked.points == 0
    assert named in attacked.said
    assert attacked.check("values_and_order").status == "failed"


@pytest.mark.parametrize(
    "leave", ["skip('not today', allow_module_level=True)", "raise unittest.SkipTest('not today')"]
)
def test_at_import(attack: Attack, leave: str) -> None:
    attacked = attack("t01", f"{IMPORTS}{leave}\ndef fetch_quotes(symbols, fetch):\n    return {{}}\n")
    assert attacked.points == 0
    assert attacked.lesson.problem.startswith("quotes.py cannot be imported, line ")
    assert attacked.lesson.problem.endswith(": not today")


def test_in_real_mode(attack: Attack) -> None:
    attacked = attack("p13", IMPORTS + REAL)
    assert attacked.points == 0
    assert "Skipped: not today" in attacked.said


def test_in_a_thread_it_ends_that_thread_alone(attack: Attack) -> None:
    """What remains of the module has the point for an empty list, and no other."""
    attacked = attack("t01", IMPORTS + IN_A_THREAD)
    assert [check.id for check in attacked.lesson.checks if check.status == "passed"] == ["empty"]
    assert attacked.points == attacked.check("empty").points
