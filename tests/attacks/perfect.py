"""The perfect forger: what would he get, who could tell every simulation as he likes?

However the lab shuts its insides, nobody can prove that nothing leads there. So his simulated runs are here those of
the right solution, to the letter; only what the judge himself gives and sees is left to him.
"""

import inspect
from typing import Any

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.kill_matrix import load_checks
from course.judge.run import CheckFailed
from course.lessons import Lesson, lessons_named


def passed_by_a_perfect_forger(bench: Bench, key: str, source: str) -> set[str]:
    """The checks that a module passes whose simulated runs are all told as the solution's; the others must fail."""
    (lesson,), _ = lessons_named([key])
    return {name for name, check in load_checks(lesson).items() if _passes(check, lesson, bench, source)}


def _passes(check: Any, lesson: Lesson, bench: Bench, source: str) -> bool:
    right = Drivers(bench, lesson, lesson.solution.read_text(encoding="utf-8"))
    given = {
        "simulate": right.simulate,
        "explore": right.explore,
        "rendezvous": Drivers(bench, lesson, source).rendezvous,
        "show_speed_up": lambda *_: None,
    }
    try:
        check(**{name: given[name] for name in inspect.signature(check).parameters})
    except CheckFailed:
        return False
    return True
