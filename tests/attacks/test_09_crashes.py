"""Attack 9: crashes, in C or in `__del__`. The signal is named, and costs only the check in which it happens."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest, with_first

CRASHES = [
    ("import os\nos.kill(os.getpid(), 11)", "your code's process was ended by SIGSEGV"),
    ("import os\nos.abort()", "your code's process was ended by SIGABRT"),
    ("import os\nos.kill(os.getpid(), 9)", "your code's process was ended by SIGKILL"),
    ("import os\nos.kill(os.getpid(), 40)", "your code's process was ended by signal 40"),
]
DELETED = """
class Last:
    def __del__(self):
        raise ValueError("at the end")
Last()
kept = Last()
"""


@pytest.mark.parametrize(("crash", "sentence"), CRASHES)
def test_the_signal_is_named(attack: Attack, crash: str, sentence: str) -> None:
    attacked = attack("p13", at_import("p13", crash))
    assert attacked.points == 0
    assert sentence in attacked.said


def test_only_the_check_in_which_it_happens_is_lost(attack: Attack) -> None:
    """The interpreter is torn down when a call of `fetch` has failed; all other promises are kept."""
    attacked = attack(
        "t01",
        with_first("t01", "raise errors", "__import__('os').abort()".replace("__import__('os')", "os")).replace(
            "import threading", "import os\nimport threading", 1
        ),
    )
    assert [check.id for check in attacked.lesson.checks if check.status != "passed"] == ["error_after_all_done"]
    assert "your code's process was ended by SIGABRT" in attacked.said


def test_ctypes_is_refused_by_name_where_no_lesson_needs_it(attack: Attack) -> None:
    attacked = attack("t01", honest("t01") + "\nimport ctypes\nctypes.string_at(0)\n")
    assert attacked.points == 0
    assert "uses `ctypes`" in attacked.said


def test_ctypes_that_comes_by_another_way_is_refused_as_well(attack: Attack) -> None:
    attacked = attack(
        "p13", at_import("p13", "from multiprocessing import sharedctypes\nsharedctypes.ctypes.string_at(0)")
    )
    assert attacked.points == 0
    assert "PermissionError: ctypes.string_at can reach into the grader" in attacked.said


def test_a_destructor_that_raises_costs_nothing(attack: Attack) -> None:
    attacked = attack("t01", honest("t01") + DELETED)
    assert attacked.points == attacked.lesson.max_points
