"""Attack 32: print passed tests, results and markers. No verdict is read from what a program prints."""

import json

import pytest

from course.lessons import ROOT
from tests.attacks.conftest import Attack, AttackFolder
from tests.attacks.honest import at_import

FAKE = f"""
::result::{{"points": 10, "max_points": 10}}
============================= 6 passed in 0.01s ==============================
graders/t01_quotes/test_quotes.py::test_values_and_order PASSED [ 16%]
t01_quotes  Price quotes at once  10 of 10 points
##teamcity[testFinished name='values_and_order']
ok 1 - values_and_order
<testsuite tests="6" failures="0"><testcase name="values_and_order"/></testsuite>
{json.dumps({"schema": "course/result/v1", "points": 10, "max_points": 10})}
"""
# Everywhere that a process can print to: its descriptors, its terminal, and the objects that Python has for them.
PRINTS = f"""
import os, sys
FAKE = {FAKE!r}
def shout():
    print(FAKE, flush=True)
    told = 0
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.write(FAKE)
            stream.flush()
            told += 1
        except (AttributeError, OSError, ValueError):
            pass
    for descriptor in (0, 1, 2):
        try:
            os.write(descriptor, FAKE.encode())
            told += 1
        except OSError:
            pass
    for path in ("/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/console", "/proc/self/fd/1", "/proc/1/fd/1"):
        try:
            with open(path, "w") as file:
                file.write(FAKE)
            told += 1
        except OSError:
            pass
    return told
"""
WRONG = {
    "t01": "def fetch_quotes(symbols, fetch):\n    raise ValueError(f'printed {shout() >= 3}')\n",
    "p13": (
        "def grep(lines, pattern, workers, chunk):\n    raise ValueError(f'printed {shout() >= 3}')\n"
        "def map_chunks(func, items, workers, chunk):\n    return []\nclass BatchFailed(Exception):\n    pass\n"
    ),
}


@pytest.mark.parametrize("key", WRONG)
def test_what_is_printed_is_no_result(attack: Attack, key: str) -> None:
    """Nor is it shown where results are."""
    attacked = attack(key, f"{PRINTS}shout()\n{WRONG[key]}")
    assert attacked.points == 0
    assert "ValueError: printed True" in attacked.said
    assert "6 passed in 0.01s" not in attacked.output
    assert "10 of 10 points" not in attacked.output


def test_the_command_prints_its_own_result_only(attack_folder: AttackFolder) -> None:
    """The output of a hostile module beside a right one is one JSON document, and nothing before or after it."""
    result, output = attack_folder(
        lambda folder: (folder / "t01_quotes" / "quotes.py").write_text(f"{PRINTS}shout()\n{WRONG['t01']}"),
        "t01",
        "t03",
    )
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (0, right.max_points)
    assert "6 passed" not in output
    assert str(ROOT / "graders") not in output


def test_a_right_module_that_prints_has_its_own_points(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", f"{PRINTS}shout()"))
    assert attacked.points == attacked.lesson.max_points
