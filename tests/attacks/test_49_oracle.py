"""Attack 49: hand in again and again, and learn a bit each time. Nothing that is learned is true the next time.

What a verdict says about inputs that stay the same is no secret: the report says it as well. What must not be guessed
is drawn anew for each case (the judge's numbers), or with a key for each module (the schedules).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.lessons import lessons_named
from tests.attacks.altered import altered, solution
from tests.attacks.conftest import Attack
from tests.attacks.test_45_leaked_inputs import leak_of

KEY = b"the instructor's own, and nobody else's"


def seed_of_grading(bench: Bench, source: str, key: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """What the schedules of a grading with this key are drawn with, as it is asked of the worker."""
    asked: list[dict[str, Any]] = []
    case = bench.case
    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(bench, "case", lambda request: asked.append(request) or case(request))
        (lesson,), _ = lessons_named(["t01"])
        checks = {"values_and_order": load_checks(lesson)["values_and_order"]}
        grading = LessonGrading(lesson, source, checks, bench=bench, pool=pool, key=key)
        grading.start()
        grading.result()
    (seed,) = {request["seed"] for request in asked if request["scenario"] == "ask_all" and "schedules" not in request}
    return int(seed)


def test_the_judges_numbers_are_other_ones_each_time(attack: Attack) -> None:
    """More than a bit: each try brings all of them home. One number has a million values, five are never the same."""
    assert leak_of(attack) != leak_of(attack)


def test_with_a_key_each_try_changes_what_it_asks_about(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment is enough to get other schedules; the same module gets the same ones, so that all can be repeated."""
    tries = [solution("t01"), f"{solution('t01')}# once more\n", f"{solution('t01')}# and again\n"]
    seeds = [seed_of_grading(bench, source, KEY, monkeypatch) for source in tries]
    assert len(set(seeds)) == len(tries)
    assert seed_of_grading(bench, tries[0], KEY, monkeypatch) == seeds[0]
    assert seed_of_grading(bench, tries[0], KEY[::-1], monkeypatch) != seeds[0]


def test_the_same_module_gets_the_same_points(attack: Attack) -> None:
    """So nobody hands in the same work until luck is with him."""
    racy = altered("t01", ("    for thread in threads:\n        thread.join()\n", ""))
    first, second = attack("t01", racy), attack("t01", racy)
    assert [check.status for check in first.lesson.checks] == [check.status for check in second.lesson.checks]
    assert first.points == second.points < 10
    assert attack("t01", solution("t01")).points == 10
