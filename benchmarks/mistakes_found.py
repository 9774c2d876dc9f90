"""How many schedules do the lessons' checks need to find the mistakes that only some interleavings show?

    python benchmarks/mistakes_found.py --seeds 8
    python benchmarks/mistakes_found.py t01 t09 --seeds 40 --json found.json

Each mistake of a lesson is graded by the check that it names, with its own number of schedules, once per seed. A
mistake that the plain schedule shows, which comes first with every seed, is counted and not listed. Exit 1 when some
seed has not found some mistake.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from course.judge.bench import Bench
from course.judge.drivers import Drivers, Explored
from course.judge.kill_matrix import Mistake, load_checks, read_mistake
from course.judge.run import CheckFailed
from course.lessons import Lesson, lessons_named


class Found(NamedTuple):
    """One mistake: the schedules that its check needed with each seed (None: not found), and how many it may try."""

    mistake: str
    check: str
    found_at: list[int | None]
    budget: int

    @property
    def is_plain(self) -> bool:
        """True when the first schedule shows it, the same for all seeds."""
        return self.found_at[0] == 1

    @property
    def missed(self) -> int:
        """How many seeds have not found it."""
        return self.found_at.count(None)

    @property
    def median(self) -> float:
        """The median over the seeds; infinite when most have not found it."""
        return statistics.median_high([math.inf if at is None else at for at in self.found_at])

    @property
    def worst(self) -> int:
        """The most schedules that a seed needed, of those that found it; 0 when none did."""
        return max((at for at in self.found_at if at is not None), default=0)


def schedules_to_failure(check: Callable[..., None], drivers: Drivers) -> tuple[int | None, int]:
    """At which schedule of its exploration `check` fails (None: it passes), and the most that it explores of one."""
    explored: list[Explored] = []

    def explore(scenario: str, **options: Any) -> Explored:
        explored.append(drivers.explore(scenario, **options))
        return explored[-1]

    offered = {
        "explore": explore,
        "simulate": drivers.simulate,
        "real": drivers.real,
        "rendezvous": drivers.rendezvous,
        "show_speed_up": lambda run, name: None,
    }
    wanted = check.__code__.co_varnames[: check.__code__.co_argcount]
    at: int | None = None
    try:
        check(**{name: offered[name] for name in wanted})
    except CheckFailed as failed:
        places = [place for runs in explored for place, run in enumerate(runs.runs, 1) if run is failed.run]
        at = places[0] if places else 1  # a run of its own, or none: no schedule was chosen
    return at, max((len(runs) for runs in explored), default=1)


def find(lesson: Lesson, mistake: Mistake, check: Callable[..., None], seeds: Sequence[int], bench: Bench) -> Found:
    """What the check that a mistake names makes of it, once per seed; once only if the plain schedule shows it."""
    found_at: list[int | None] = []
    budget = 1
    for seed in seeds:
        drivers = Drivers(bench, lesson, mistake.source, seed=str(seed))
        at, explored = schedules_to_failure(check, drivers)
        found_at.append(at)
        budget = max(budget, explored)
        if at == 1 and len(found_at) == 1:
            break
    return Found(f"{lesson.key} {mistake.name}", mistake.killed_by, found_at, budget)


def find_all(lessons: Sequence[Lesson], seeds: Sequence[int]) -> list[Found]:
    """The mistakes of all lessons, side by side."""
    bench = Bench()
    try:
        with ThreadPoolExecutor(bench.width) as pool:
            results = [
                pool.submit(find, lesson, mistake, checks[mistake.killed_by], seeds, bench)
                for lesson in lessons
                for checks in [load_checks(lesson)]
                for mistake in map(read_mistake, lesson.variants("mistakes").values())
            ]
            return [result.result() for result in results]
    finally:
        bench.close()


def print_table(found: Sequence[Found], seeds: int) -> int:
    """A line per mistake that needs an interleaving, the hardest first, and what it comes to; how many were missed."""
    hidden = sorted((one for one in found if not one.is_plain), key=lambda one: (-one.missed, -one.median, -one.worst))
    width = max((len(f"{one.mistake}: {one.check}") for one in hidden), default=0)
    print(f"schedules until the check fails, {seeds} seeds")
    print(f"{'mistake: check'.ljust(width)}  budget  median  worst  not found")
    for one in hidden:
        name = f"{one.mistake}: {one.check}"
        print(f"{name.ljust(width)}  {one.budget:6}  {one.median:6g}  {one.worst:5}  {one.missed or ''}".rstrip())
    missed = sum(one.missed > 0 for one in hidden)
    print(f"{len(found) - len(hidden)} of {len(found)} mistakes show under the plain schedule; of the other")
    print(f"{len(hidden)}, every seed finds {len(hidden) - missed}")
    return missed


def main() -> int:
    """Print the table; exit 1 when some seed has missed some mistake."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("lessons", nargs="*", help="t01, quotes or t01_quotes (default: all simulated ones)")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--json", help="write every figure to this file")
    options = parser.parse_args()
    lessons = [lesson for lesson in lessons_named(options.lessons)[0] if lesson.mode == "simulated"]
    found = find_all(lessons, range(options.seeds))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump([one._asdict() for one in found], file, indent=1)
    return 1 if print_table(found, options.seeds) else 0


if __name__ == "__main__":
    sys.exit(main())
