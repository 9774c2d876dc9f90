"""Strategies: who runs next at each decision of a run.

A decision is a moment at which two or more threads can run. Each strategy is deterministic: the same strategy with
the same parameters makes the same choices, so a schedule is named by the few plain values of its `Schedule`.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

# A schedule's plain-data name: {"strategy": ..., and that strategy's parameters}.
Schedule = dict[str, Any]


class Runnable(Protocol):
    """What a strategy may know of a thread: the order in which threads were created."""

    @property
    def number(self) -> int:
        """0 for the main thread, then 1, 2, ..."""


class Strategy(Protocol):
    """Chooses among the threads that can run."""

    def pick(self, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        """The index of the thread to run; with `can_go_on`, option 0 is the running thread and 0 means no switch."""

    def demote(self, thread: Runnable) -> None:
        """`thread` is spinning: prefer the others."""


class RunToBlock:
    """Every thread runs until it blocks; the one that has been ready longest comes next. No preemption."""

    def __init__(self) -> None:
        self.decisions: list[int] = []

    def pick(self, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        self.decisions.append(len(options))
        return 0

    def demote(self, thread: Runnable) -> None:
        """Nothing to prefer: the scheduler itself makes a spinner wait."""


class Deviating(RunToBlock):
    """`RunToBlock`, but at the decisions named in `at` it takes the option named there.

    The schedules with at most d deviations, for d = 0, 1, 2, ..., are delay-bounded scheduling (Emmi, Qadeer,
    Rakamaric: "Delay-bounded scheduling", POPL 2011), a cousin of preemption bounding (CHESS, OSDI 2008).
    """

    def __init__(self, at: dict[int, int]) -> None:
        super().__init__()
        self.at = at

    def pick(self, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        choice = self.at.get(len(self.decisions), 0)
        self.decisions.append(len(options))
        return min(choice, len(options) - 1)


class RandomWalk:
    """Each decision is a fair draw among all threads that can run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        return int(self.random.random() * len(options))

    def demote(self, thread: Runnable) -> None:
        """A fair draw needs no help against spinners."""


class PCT:
    """Random priorities, and `depth` - 1 moments at which the running thread falls behind all others.

    Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with probabilistic guarantees of finding
    bugs", ASPLOS 2010: finds a bug of depth d with probability >= 1 / (n k^(d-1)) in n threads and k decisions.
    """

    def __init__(self, seed: int, depth: int, length: int) -> None:
        self.random = random.Random(seed)
        self.priorities: dict[int, float] = {}
        self.decision = 0
        self.lowest = 0.0
        self.falls = {self.random.randrange(max(length, 1)) for _ in range(depth - 1)}

    def pick(self, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        if self.decision in self.falls:
            self.demote(options[self._first(options)])
        self.decision += 1
        return self._first(options)

    def demote(self, thread: Runnable) -> None:
        self.lowest -= 1.0
        self.priorities[thread.number] = self.lowest

    def _first(self, options: Sequence[Runnable]) -> int:
        for thread in options:
            if thread.number not in self.priorities:
                self.priorities[thread.number] = self.random.random()
        return max(range(len(options)), key=lambda index: self.priorities[options[index].number])


def strategy_of(schedule: Schedule) -> Strategy:
    """The strategy that a schedule names, new, ready for one run."""
    match schedule:
        case {"strategy": "run-to-block"}:
            return RunToBlock()
        case {"strategy": "deviating", "at": at}:
            return Deviating(dict(at))
        case {"strategy": "random-walk", "seed": seed}:
            return RandomWalk(seed)
        case {"strategy": "pct", "seed": seed, "depth": depth, "length": length}:
            return PCT(seed, depth, length)
    raise ValueError(f"no such schedule: {schedule!r}")


class Exploration:
    """Which schedules to try, in which order: the plain one, then a mix of deviations, PCT and random walks.

    Ask `next` for a schedule, run it, report what it met with `saw`. All schedules with one deviation come first in
    equal share with the random ones; when they are exhausted, those with two deviations follow.
    """

    def __init__(self, seed: int, budget: int) -> None:
        self.budget = budget
        self.random = random.Random(seed)
        self.length = 0
        self.tried = 0
        self.proved_bound = -1
        self.exhausted = False
        self._last: Schedule = {}
        self._waves: list[list[tuple[tuple[int, int], ...]]] = [[()]]
        self._turns = self._take_turns()

    def schedules(self) -> Iterator[Schedule]:
        """The schedules to run; `saw` must be called after each with the strategy that ran it."""
        for schedule in self._turns:
            self._last = schedule
            self.tried += 1
            yield schedule
            if self.tried >= self.budget:
                return

    def saw(self, strategy: Strategy) -> None:
        """Learn from a finished run which other choices there were."""
        if not isinstance(strategy, RunToBlock):
            return
        self.length = max(self.length, len(strategy.decisions))
        at = tuple((decision, choice) for decision, choice in self._last.get("at", ()))
        first_free = at[-1][0] + 1 if at else 0
        while len(self._waves) < len(at) + 2:
            self._waves.append([])
        more = [
            (*at, (decision, choice))
            for decision in range(first_free, len(strategy.decisions))
            for choice in range(1, strategy.decisions[decision])
        ]
        self.random.shuffle(more)
        self._waves[len(at) + 1].extend(more)

    def _take_turns(self) -> Iterator[Schedule]:
        for source in itertools.cycle((self._deviation, self._pct, self._deviation, self._random_walk)):
            if not any(self._waves):
                self.exhausted = True  # every choice of every decision has been taken
                return
            yield source()
            while self._waves[self.proved_bound + 1 :] and not self._waves[self.proved_bound + 1]:
                self.proved_bound += 1

    def _deviation(self) -> Schedule:
        wave = next(wave for wave in self._waves if wave)
        return {"strategy": "deviating", "at": [list(pair) for pair in wave.pop()]}

    def _pct(self) -> Schedule:
        seed = self.random.getrandbits(32)
        return {"strategy": "pct", "seed": seed, "depth": 2 + seed % 2, "length": self.length}

    def _random_walk(self) -> Schedule:
        return {"strategy": "random-walk", "seed": self.random.getrandbits(32)}
