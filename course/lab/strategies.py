"""Strategies: who runs next at each decision of a run.

A decision is a moment at which two or more threads can run. Each strategy is deterministic: the same strategy with
the same parameters makes the same choices, so a schedule is named by the few plain values of its `Schedule`.
"""

import math
from bisect import bisect
from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from course.lab.draws import Draws, Floats
from course.lab.profile import Profile

# A schedule's plain-data name: {"strategy": ..., and that strategy's parameters}.
Schedule = dict[str, Any]

# A run that meets more decisions than this spins; its later decisions tell nothing new.
MOST_DECISIONS = 2_000
# The weight of a thread from which nothing is expected any more: it is drawn when there is nobody else.
LEAST_WEIGHT = 1e-9
NOBODY = -1


class Runnable(Protocol):
    """What a strategy may know of a thread, or of whatever else can come next."""

    @property
    def number(self) -> int:
        """0 for the main thread, then 1, 2, ... in order of creation."""

    @property
    def site(self) -> int:
        """The place in the student's source where it stands: what it does next. 0: no place of the student's."""

    @property
    def moments(self) -> int:
        """How many points and blocking calls it has met."""


class Thread(Runnable, Protocol):
    """What a strategy may know of a thread besides."""

    @property
    def creator(self) -> int:
        """The number of the thread that started it."""

    @property
    def alive(self) -> bool:
        """False when it has ended."""


class Strategy(Protocol):
    """Chooses among the threads that can run."""

    def attend(self, threads: Sequence[Thread]) -> None:
        """A run begins; `threads` will hold all its threads, by number."""

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        """The index of the thread to run, decided where `me` stands.

        With `can_go_on`, option 0 is `me`, and 0 means no switch; else `me` blocks or has ended, and 0 is the thread
        that has been ready longest.
        """

    def demote(self, thread: Runnable) -> None:
        """`thread` is spinning: prefer the others."""


class Decision(NamedTuple):
    """A decision that was met: by thread `me` at its `moment`, at `site`, among `options` (numbers of threads)."""

    me: int
    moment: int
    site: int
    options: tuple[int, ...]
    preemptive: bool


_decision = partial(tuple.__new__, Decision)  # one at each point: without the function that a named tuple has for it


class RunToBlock:
    """Every thread runs until it blocks; the one that has been ready longest comes next. No preemption."""

    def attend(self, threads: Sequence[Thread]) -> None:
        """Nothing to remember."""

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        return 0

    def demote(self, thread: Runnable) -> None:
        """Nothing to prefer: the scheduler itself makes a spinner wait."""


class Deviating(RunToBlock):
    """`RunToBlock`, but at the decisions named in `at`, (thread, moment) -> thread, it picks the thread named there.

    A decision is named by the thread that decides and that thread's own count of moments, so that leaving one
    deviation out leaves most of the others where they were. `decisions` are those that the run has met, the first
    `MOST_DECISIONS` of them.
    """

    def __init__(self, at: dict[tuple[int, int], int]) -> None:
        self.at = at
        self.decisions: list[Decision] = []

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        numbers = tuple([option.number for option in options])
        if len(self.decisions) < MOST_DECISIONS:
            self.decisions.append(_decision((me.number, me.moments, me.site, numbers, can_go_on)))
        wanted = self.at.get((me.number, me.moments))
        return numbers.index(wanted) if wanted in numbers else 0


class RandomWalk(RunToBlock):
    """Each decision is a fair draw among all threads that can run."""

    def __init__(self, seed: int) -> None:
        self.random = Floats(seed)

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        return int(self.random.random() * len(options))


class PCT(RunToBlock):
    """Random priorities, and `depth` - 1 moments at which the running thread falls behind all others.

    Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with probabilistic guarantees of finding
    bugs", ASPLOS 2010: finds a bug of depth d with probability >= 1 / (n k^(d-1)) in n threads and k decisions.
    """

    def __init__(self, seed: int, depth: int, length: int) -> None:
        self.random = Draws(seed)
        self.priorities: dict[int, float] = {}
        self.decision = 0
        self.lowest = 0.0
        self.falls = {self.random.randrange(max(length, 1)) for _ in range(depth - 1)}

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        if self.decision in self.falls:
            self.demote(options[self._first(options)])
        self.decision += 1
        return self._first(options)

    def demote(self, thread: Runnable) -> None:
        self.lowest -= 1.0
        self.priorities[thread.number] = self.lowest

    def _first(self, options: Sequence[Runnable]) -> int:
        best, highest = 0, -math.inf
        for index, thread in enumerate(options):
            priority = self.priorities.get(thread.number)
            if priority is None:
                priority = self.priorities[thread.number] = self.random.random()
            if priority > highest:
                best, highest = index, priority
        return best


class PartialOrderSampling(RunToBlock):
    """Random priorities of the next step of each thread; when one is taken, those that it conflicts with draw anew.

    POS: Yuan, Yang, Gu: "Partial order aware concurrency sampling", CAV 2018. Two steps conflict when they touch the
    same name and one of them writes it.
    """

    def __init__(self, seed: int, profile: Profile) -> None:
        self.random = Floats(seed)
        self.profile = profile
        self.priorities: dict[int, tuple[int, float]] = {}  # by thread: the moment it is for, and the priority

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        drawn = self.random.random
        priorities = self.priorities
        best, highest = 0, -2.0
        for index, thread in enumerate(options):
            known = priorities.get(thread.number)
            if known is None or known[0] != thread.moments:
                known = priorities[thread.number] = (thread.moments, drawn())
            if known[1] > highest:
                best, highest = index, known[1]
        taken = options[best]
        for thread in options:
            if thread is not taken and self.profile.conflict(taken.site, thread.site):
                priorities[thread.number] = (thread.moments, drawn())
        return best

    def demote(self, thread: Runnable) -> None:
        self.priorities[thread.number] = (thread.moments, -1.0)


class UniformRandomWalk(RunToBlock):
    """Draws each thread with a chance in proportion to the steps that it, and those it will start, still have to make.

    So each interleaving of straight threads is equally likely (URW). With `name`, only the steps that touch that name
    count, and a thread that is about to make one waits until it is drawn; everybody else runs at random. Zhao, Wolff,
    Mathur, Roychoudhury: "Selectively uniform concurrency testing", ASPLOS 2025 (SURW).
    """

    def __init__(self, seed: int, profile: Profile, name: str = "") -> None:
        self.random = Floats(seed)
        self.profile = profile
        self.name = name
        self.expected = profile.expected(name)
        self.threads: Sequence[Thread] = ()
        self.intended = NOBODY
        self.born = 0  # how many threads there were at the last decision
        self.made: dict[int, int] = {}  # by thread: the selected steps that it has made
        self.demoted: set[int] = set()

    def attend(self, threads: Sequence[Thread]) -> None:
        self.threads = threads

    def pick(self, me: Runnable, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        candidates: Sequence[int] = range(len(options))
        if self.demoted:
            awake = [index for index, thread in enumerate(options) if thread.number not in self.demoted]
            candidates = awake or candidates
        if not self.name:
            return self._draw(options, candidates)
        return self._draw_selectively(options, candidates)

    def demote(self, thread: Runnable) -> None:
        self.demoted.add(thread.number)

    def _draw(self, options: Sequence[Runnable], candidates: Sequence[int]) -> int:
        # As `random.choices` does it, which takes longer than all the rest.
        limits = list(accumulate([self._weight(options[index].number) for index in candidates]))
        return candidates[bisect(limits, self.random.random() * (limits[-1] + 0.0), 0, len(limits) - 1)]

    def _weight(self, number: int) -> float:
        known = self.expected.get(number)  # asked for at each decision: without calls
        steps, children = known or (self.profile.steps(number, self.name), self.profile.children(number))
        weight: float
        if self.name:
            done = self.made.get(number, 0)
            weight = steps - done if steps > done else 0
        else:
            moments = self.threads[number].moments if number < len(self.threads) else 0  # a task is no thread
            weight = steps - moments if steps > moments else 1
        for child in children:
            if child >= len(self.threads):
                weight += self._weight_of_unborn(child)
        return weight or LEAST_WEIGHT

    def _weight_of_unborn(self, number: int) -> float:
        steps = self.profile.steps(number, self.name)
        return steps + sum(self._weight_of_unborn(child) for child in self.profile.children(number))

    def _draw_selectively(self, options: Sequence[Runnable], candidates: Sequence[int]) -> int:
        self._settle_who_is_intended()
        names, name = self.profile.names, self.name
        free = [
            index
            for index in candidates
            if options[index].number == self.intended or names[options[index].site] != name
        ]
        if not free:  # the intended thread is blocked, and all others have come to a step that counts
            free = [self._draw(options, candidates)]
            self.intended = options[free[0]].number
        pick = free[int(self.random.random() * len(free))]
        thread = options[pick]
        if thread.number == self.intended and names[thread.site] == name:
            self.made[thread.number] = self.made.get(thread.number, 0) + 1
            self.intended = NOBODY
        return pick

    def _settle_who_is_intended(self) -> None:
        """Draw who makes the next step that counts; a thread that stands for those it starts hands that on to them."""
        for child in self.threads[self.born :]:
            creator = self.threads[child.creator]
            if creator.number == self.intended:
                self.intended = (creator, child)[self._draw((creator, child), (0, 1))].number
        self.born = len(self.threads)
        if self.intended == NOBODY or not self.threads[self.intended].alive:
            alive = [thread for thread in self.threads if thread.alive]
            self.intended = alive[self._draw(alive, range(len(alive)))].number


def strategy_of(schedule: Schedule, profile: Profile) -> Strategy:
    """The strategy that a schedule names, new, ready for one run of the program that `profile` knows."""
    match schedule:
        case {"strategy": "run-to-block"}:
            return RunToBlock()
        case {"strategy": "deviating", "at": at}:
            return Deviating({(me, moment): other for me, moment, other in at})
        case {"strategy": "random-walk", "seed": seed}:
            return RandomWalk(seed)
        case {"strategy": "pct", "seed": seed, "depth": depth, "length": length}:
            return PCT(seed, depth, length)
        case {"strategy": "pos", "seed": seed}:
            return PartialOrderSampling(seed, profile)
        case {"strategy": "urw", "seed": seed}:
            return UniformRandomWalk(seed, profile)
        case {"strategy": "surw", "seed": seed, "name": name}:
            return UniformRandomWalk(seed, profile, name)
    raise ValueError(f"no such schedule: {schedule!r}")
