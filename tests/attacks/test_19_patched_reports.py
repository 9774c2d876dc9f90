"""Attack 19: patch pytest's reports, so that every test has passed. The judge never imports a student's code.

The patch is made for real, and works, but in a process where nobody asks pytest anything.
"""

import pytest
from _pytest.reports import TestReport

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import

PATCH = """
import os
import _pytest.reports, _pytest.runner

def all_passed(item, call):
    return _pytest.reports.TestReport(item.nodeid, item.location, {}, "passed", None, "call")

_pytest.reports.TestReport.from_item_and_call = staticmethod(all_passed)
_pytest.runner.TestReport = _pytest.reports.TestReport
_pytest.runner.check_interactive_exception = lambda *_: False
_pytest.runner.call_and_report = lambda *_, **__: all_passed
patched = _pytest.reports.TestReport.from_item_and_call is all_passed
"""
RAISES = "raise ValueError(f'patched: {patched} in {os.getpid()}')"
WRONG = {
    "t01": f"{PATCH}def fetch_quotes(symbols, fetch):\n    {RAISES}\n",
    "p13": (
        f"{PATCH}def grep(lines, pattern, workers, chunk):\n    {RAISES}\n"
        "def map_chunks(func, items, workers, chunk):\n    return []\nclass BatchFailed(Exception):\n    pass\n"
    ),
}


@pytest.mark.parametrize("key", WRONG)
def test_the_patch_changes_the_students_own_process_only(attack: Attack, key: str) -> None:
    """A patch in the judge would be seen here: this process is one."""
    ours = TestReport.__dict__["from_item_and_call"]
    attacked = attack(key, WRONG[key])
    assert attacked.points == 0
    assert "ValueError: patched: True in " in attacked.said
    assert TestReport.__dict__["from_item_and_call"] is ours


def test_a_right_module_that_patches_has_its_own_points(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", PATCH))
    assert attacked.points == attacked.lesson.max_points
