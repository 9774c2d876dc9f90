"""Searches: the strategies of the lab, each as an endless source of schedules, and the portfolio made of them.

Every search begins with the plain schedule: what that run shows is what the others choose by.
"""

import random
from collections.abc import Callable, Iterator
from typing import Protocol

from course.lab.exploration import Exploration, SelectiveWalks
from course.lab.exploration import Search as BoundedSearch
from course.lab.profile import Profile
from course.lab.strategies import Deviating, Schedule, Strategy

PLAIN: Schedule = {"strategy": "deviating", "at": []}


class Search(Protocol):
    """What the portfolio offers, and each strategy alone."""

    def schedules(self) -> Iterator[Schedule]:
        """The schedules to run; `saw` must be called after each with the strategy that ran it."""

    def saw(self, strategy: Strategy) -> None:
        """Learn from a finished run."""


class Drawn:
    """The plain schedule, then schedules that one strategy draws."""

    def __init__(self, seed: int, budget: int, profile: Profile, draw: Callable[["Drawn"], Schedule]) -> None:
        self.random = random.Random(seed)
        self.budget = budget
        self.profile = profile
        self.length = 0
        self._draw = draw

    def schedules(self) -> Iterator[Schedule]:
        yield PLAIN
        for _ in range(self.budget - 1):
            yield self._draw(self)

    def saw(self, strategy: Strategy) -> None:
        if isinstance(strategy, Deviating):
            self.length = len(strategy.decisions)

    @property
    def seed(self) -> int:
        """A new seed each time."""
        return self.random.getrandbits(32)


class Bounded:
    """Preemption-bounded search alone; it ends early when it has tried everything."""

    def __init__(self, seed: int, budget: int, profile: Profile) -> None:
        self.budget = budget
        self._search = BoundedSearch(seed, profile)

    def schedules(self) -> Iterator[Schedule]:
        for _ in range(self.budget):
            if self._search.exhausted:
                return
            yield self._search.next()

    def saw(self, strategy: Strategy) -> None:
        if isinstance(strategy, Deviating):
            self._search.saw(strategy.decisions)


class Selective:
    """The plain schedule, then selective walks, as the portfolio begins with."""

    def __init__(self, seed: int, budget: int, profile: Profile) -> None:
        self.budget = budget
        self._walks = SelectiveWalks(seed, profile)

    def schedules(self) -> Iterator[Schedule]:
        yield PLAIN
        for _ in range(self.budget - 1):
            yield self._walks.next()

    def saw(self, strategy: Strategy) -> None:
        """What the plain run has shown is in the profile."""


def _drawn(draw: Callable[[Drawn], Schedule]) -> Callable[[int, int, Profile], Search]:
    return lambda seed, budget, profile: Drawn(seed, budget, profile, draw)


# name -> (seed, budget, profile of the program) -> search
SEARCHES: dict[str, Callable[[int, int, Profile], Search]] = {
    "random-walk": _drawn(lambda search: {"strategy": "random-walk", "seed": search.seed}),
    "pct-3": _drawn(lambda search: {"strategy": "pct", "seed": search.seed, "depth": 3, "length": search.length}),
    "pos": _drawn(lambda search: {"strategy": "pos", "seed": search.seed}),
    "urw": _drawn(lambda search: {"strategy": "urw", "seed": search.seed}),
    "surw": Selective,
    "bounded": Bounded,
    "portfolio": Exploration,
}
