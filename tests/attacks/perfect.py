"""The perfect forger: what would it win, if all simulated runs could be told at will?

Nothing in a process proves that no way leads to the lab, which shares it. So the forger's simulated runs are here those
of the right solution, to the letter; what the judge itself gives and sees in real runs is left to the module.
"""

import inspect
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.kill_matrix import load_checks
from course.judge.starter import GraderBroken
from course.lessons import Lesson, lessons_named


class Worth(NamedTuple):
    """The checks that a module passes as it is, and those that it passes when its simulated runs are forged."""

    honest: frozenset[str]
    forged: frozenset[str]

    @property
    def won(self) -> frozenset[str]:
        """The checks that forging alone has won."""
        return self.forged - self.honest


def worth_of_each(bench: Bench, key: str, sources: Mapping[str, str]) -> dict[str, Worth]:
    """What modules for one lesson are worth, by name; each check is tried, whatever becomes of the others."""
    (lesson,), _ = lessons_named([key])
    right = Drivers(bench, lesson, lesson.reference)
    with ThreadPoolExecutor(bench.width) as pool:
        own = {name: Drivers(bench, lesson, source) for name, source in sources.items()}
        honest = {name: _passed(pool, lesson, drivers, drivers) for name, drivers in own.items()}
        forged = {name: _passed(pool, lesson, right, drivers) for name, drivers in own.items()}
    return {name: Worth(honest[name], forged[name]) for name in sources}


def points(key: str, passed: frozenset[str]) -> int:
    """The points of a grading in which these checks pass: while correctness fails, the others are not reached."""
    (lesson,), _ = lessons_named([key])
    correctness = {check.id for check in lesson.checks if check.group == "correctness"}
    counted = passed if correctness <= passed else passed & correctness
    return sum(check.points for check in lesson.checks if check.id in counted)


def _passed(pool: ThreadPoolExecutor, lesson: Lesson, simulated: Drivers, real: Drivers) -> frozenset[str]:
    checks = load_checks(lesson)
    passes = pool.map(lambda check: _passes(check, simulated, real), checks.values())
    return frozenset(name for name, has_passed in zip(checks, passes, strict=True) if has_passed)


def _passes(check: Any, simulated: Drivers, real: Drivers) -> bool:
    given = {
        "simulate": simulated.simulate,
        "explore": simulated.explore,
        "rendezvous": real.rendezvous,
        "real": real.real,
        "show_speed_up": lambda *_: None,
    }
    try:
        check(**{name: given[name] for name in inspect.signature(check).parameters})
    except GraderBroken:
        raise
    except Exception:  # what a check cannot read it has not passed, as in a grading
        return False
    return True
