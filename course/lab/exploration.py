"""An exploration: which schedules of a program to try, in which order, and what that proves."""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator

from course.lab.draws import Draws
from course.lab.profile import Profile
from course.lab.strategies import MOST_DECISIONS, Decision, Deviating, Schedule, Strategy

# The deviations of a schedule: (thread that decides, its moment, thread that it picks).
At = tuple[tuple[int, int, int], ...]
# What a deviation adds to the rank of a schedule: the lower, the sooner it is tried.
BETWEEN_READ_AND_WRITE = 0.5
AT_A_CONFLICT = 0.8
WHO_COMES_NEXT = 1.0
ELSEWHERE = 2.0
AGAIN_AT_THIS_PLACE = 0.05
# With at most the budget divided by this of choices in the plain run, a search may visit all schedules there are.
FEW = 6
# With more threads than this, only walks that select some steps still have a chance.
MANY_THREADS = 8
# So many selective walks come first; of a small budget, only the share, so that the turns have most of it.
STRETCH = 20
STRETCH_SHARE = 5


class Search:
    """Every schedule once, in the order of a guess at how likely it is to show something.

    The schedules with at most k preemptions, for k = 0, 1, 2, ..., are what preemption-bounded search visits
    (Musuvathi, Qadeer: "Iterative context bounding", PLDI 2007): a choice is free where a thread blocks or ends, and
    counts where the thread could have gone on.
    """

    def __init__(self, seed: int, profile: Profile) -> None:
        self._random = Draws(seed)
        self._profile = profile
        self._waiting: list[tuple[float, float, At, int]] = [(0.0, 0.0, (), 0)]
        self._open = Counter({0: 1})  # by number of preemptions: the schedules that wait, or run at this moment
        self._running: tuple[float, At, int] = (0.0, (), 0)
        self._most = 0
        self._has_seen_all = True

    @property
    def waiting(self) -> int:
        """How many schedules it knows that have not been run."""
        return len(self._waiting)

    @property
    def has_more(self) -> bool:
        """True when there is a schedule to run next."""
        return bool(self._waiting)

    @property
    def exhausted(self) -> bool:
        """True when every choice of every decision has been taken."""
        return self._has_seen_all and not +self._open

    @property
    def proved_bound(self) -> int:
        """All schedules with at most so many preemptions have been run; -1: not even all of those without any."""
        if not self._has_seen_all:
            return -1
        return min(+self._open, default=self._most + 1) - 1

    def next(self) -> Schedule:
        """The schedule to run next; tell `saw` what it has met before asking again."""
        rank, _, at, preemptions = heapq.heappop(self._waiting)
        self._running = (rank, at, preemptions)
        self._most = max(self._most, preemptions)
        return {"strategy": "deviating", "at": [list(deviation) for deviation in at]}

    def saw(self, decisions: list[Decision]) -> None:
        """The decisions that the run of the last schedule has met: each open choice after its last deviation."""
        rank, at, preemptions = self._running
        self._open[preemptions] -= 1
        self._has_seen_all &= len(decisions) < MOST_DECISIONS
        places: Counter[tuple[int, int]] = Counter()
        for decision in decisions[self._first_free(decisions, at) :]:
            places[decision.site, decision.me] += 1
            for other in decision.options[1:]:
                more = preemptions + decision.preemptive
                again = AGAIN_AT_THIS_PLACE * (places[decision.site, decision.me] - 1)
                deviation = (decision.me, decision.moment, other)
                self._open[more] += 1
                item = (rank + self._rank(decision, other) + again, self._random.random(), (*at, deviation), more)
                heapq.heappush(self._waiting, item)

    @staticmethod
    def _first_free(decisions: list[Decision], at: At) -> int:
        if not at:
            return 0
        last = at[-1][:2]
        return next((n for n, known in enumerate(decisions, 1) if (known.me, known.moment) == last), len(decisions))

    def _rank(self, decision: Decision, other: int) -> float:
        if not decision.preemptive or not decision.site:  # no site: where a thread begins or ends
            return WHO_COMES_NEXT
        name = self._profile.name_of(decision.site)
        if name and self._profile.is_contended(name) and self._profile.touches(other, name):
            return BETWEEN_READ_AND_WRITE if self._profile.is_between(decision.site) else AT_A_CONFLICT
        return ELSEWHERE


class SelectiveWalks:
    """SURW alone: each walk selects the steps on one contended name, drawn anew; URW where no name is contended."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self._random = Draws(seed)
        self._profile = profile

    def next(self) -> Schedule:
        """The schedule to run next; the plain run must have filled the profile."""
        seed, names = self._random.getrandbits(32), self._profile.contended()
        if not names:
            return {"strategy": "urw", "seed": seed}
        return {"strategy": "surw", "seed": seed, "name": self._random.choice(names)}


class Exploration:
    """The portfolio: the plain schedule, a stretch of selective walks, then all strategies in turns.

    Ask `schedules` for a schedule, run it, report what it met with `saw`. The stretch is what `SelectiveWalks` alone
    would try with the same seed, because no other single strategy finds so many bugs so soon
    (`benchmarks/schedules_to_bug.py`): what it finds there, the portfolio finds at the same schedule. The turns are for
    what it does not find: PCT, for instance, where a thread must be slow for long (`benchmarks/mistakes_found.py`). The
    search has half of them where the plain run has met so few choices that it may come to a proof.
    """

    def __init__(self, seed: int, budget: int, profile: Profile) -> None:
        self.budget = budget
        self.profile = profile
        self.tried = 0
        self._random = Draws(f"turns of {seed}")  # the walks draw from a source of their own
        self._walks = SelectiveWalks(seed, profile)
        self._search = Search(seed, profile)
        self._length = 0

    @property
    def proved_bound(self) -> int:
        """As `Search.proved_bound`."""
        return self._search.proved_bound

    @property
    def exhausted(self) -> bool:
        """As `Search.exhausted`."""
        return self._search.exhausted

    def schedules(self) -> Iterator[Schedule]:
        """The schedules to run; `saw` must be called after each with the strategy that ran it."""
        turns: Iterator[Callable[[], Schedule]] = iter(())
        while self.tried < self.budget and self._search.has_more:
            self.tried += 1
            if self.tried == 1:
                yield self._search.next()
                turns = itertools.chain([self._walks.next] * self._stretch(), self._turns())
            else:
                yield next(turns)()

    def _stretch(self) -> int:
        if self.profile.threads > MANY_THREADS:
            return self.budget // 2
        return min(STRETCH, self.budget // STRETCH_SHARE)

    def _turns(self) -> Iterator[Callable[[], Schedule]]:
        walk, pct, urw, pos, search = self._walks.next, self._pct, self._urw, self._pos, self._search.next
        if self.profile.threads > MANY_THREADS:
            return itertools.cycle((walk,) * 7 + (pct,))
        drawn = (pct, walk, urw, walk, urw, pct, pos)
        if self._search.waiting <= self.budget // FEW:
            return itertools.cycle([turn for one in drawn for turn in (one, search)])
        return itertools.cycle((*drawn, search))

    def saw(self, strategy: Strategy) -> None:
        """Learn from a finished run which other choices there were."""
        if isinstance(strategy, Deviating):
            self._length = max(self._length, len(strategy.decisions))
            self._search.saw(strategy.decisions)

    def _seed(self) -> int:
        return self._random.getrandbits(32)

    def _pct(self) -> Schedule:
        seed = self._seed()
        return {"strategy": "pct", "seed": seed, "depth": 2 + seed % 2, "length": self._length}

    def _pos(self) -> Schedule:
        return {"strategy": "pos", "seed": self._seed()}

    def _urw(self) -> Schedule:
        return {"strategy": "urw", "seed": self._seed()}
