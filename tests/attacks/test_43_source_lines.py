"""Attack 43: `linecache`, loaders and package data, to read the grader's source. What is not in the jail has no source.

What travels to the worker can be read there: the scenarios, which hold no expected value, and the lab.
"""

import pytest

from course.judge.isolation import Isolation
from course.lessons import ROOT, lessons_named
from tests.attacks.conftest import Attack
from tests.attacks.tries import require_refused, trying

GRADER = str(ROOT / "graders/t01_quotes/test_quotes.py")
FIRST = """
import importlib.util, inspect, linecache, pkgutil, runpy, sys, tokenize, traceback
loader_of = lambda module: getattr(module, "__loa" + "der__")
def source(name):
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise FileNotFoundError(2, name)
    return spec.loader.get_source(name) or os.stat("/nothing")
def line(path):
    return linecache.getline(path, 1) or os.stat("/nothing")
"""
TRIES = {
    "linecache": f"line({GRADER!r})",
    "linecache_by_search": "line('graders/t01_quotes/test_quotes.py')",
    "tokenize": f"tokenize.open({GRADER!r}).read()",
    "loader": f"loader_of(pkgutil).get_data({GRADER!r})",
    "run": f"runpy.run_path({GRADER!r})",
    "spec_of_judge": "source('course.judge.grading')",
    "spec_of_plugin": "source('course.judge.plugin')",
    "spec_of_lessons": "source('course.lessons')",
    "package_data": "pkgutil.get_data('course', 'judge/grading.py')",
    "package_data_above": "pkgutil.get_data('course', '../graders/t01_quotes/test_quotes.py')",
    "solution": "pkgutil.get_data('course', '../solutions/t01_quotes/quotes.py')",
    "beside_main": "line(os.path.join(os.path.dirname(sys.argv[0] or '.'), 'test_quotes.py'))",
}
WHY = frozenset({"ENOENT", "EACCES", "EPERM", "ModuleNotFoundError"})
# What does travel, as a program can see it.
SHOWS_SCENARIOS = """
def grep(lines, pattern, workers, chunk):
    raise RuntimeError(open("scenarios.py").read(60))
def map_chunks(func, items, workers, chunk):
    return []
class BatchFailed(Exception):
    pass
"""


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_no_source_of_the_judge_is_found(attack: Attack, isolation: Isolation, key: str) -> None:
    if "read" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock")
    attacked = attack(key, trying(TRIES, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, TRIES, WHY)


def test_the_scenarios_are_there_to_be_read(attack: Attack) -> None:
    """They are on the student's side by design: how the module is called is no secret, what is expected of it is."""
    attacked = attack("p13", SHOWS_SCENARIOS)
    assert attacked.points == 0
    assert "Scenarios: how the checks drive a student's" in attacked.said


def test_no_scenario_holds_an_expected_value() -> None:
    """Of each lesson: no scenario compares, requires, or imports the judge."""
    for lesson in lessons_named([])[0]:
        assert "course.judge" not in lesson.scenarios
        assert "assert " not in lesson.scenarios
        assert "expected" not in lesson.scenarios
