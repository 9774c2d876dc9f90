"""Busy waiting: who waits by looking again and again, and how such a run goes on and ends.

A thread that blocks tells the scheduler that it waits; one that spins does not. It is found out by what it does not
do: many rounds of `while` loops in a row in which nobody blocks, wakes or ends.
"""

from collections.abc import Iterable, Sequence

from course.lab.clock import Clock
from course.lab.virtual_thread import VirtualThread

# So many rounds of `while` loops in a row without anybody blocking, waking or ending: somebody waits by spinning.
SPIN_ROUNDS = 1_000
# Once a loop has been seen spinning, so many rounds of it will do.
SPIN_ROUNDS_AGAIN = 20
# The first step of the clock for somebody who spins until a time has come; each further step is twice as long.
SPIN_STEP = 10_000_000


class BusyWaiting:
    """Counts the rounds of loops in one run; `spins` is how often somebody was found spinning.

    `progress` is to be counted up when somebody has blocked, was woken, was born or has ended.
    """

    def __init__(self) -> None:
        self.spins = 0
        self.progress = 0
        self._progress_seen = 0
        self._rounds = 0
        self._spinning: set[VirtualThread] = set()
        self._sites: set[int] = set()  # of the loops that have been seen spinning

    def is_found_at(self, site: int) -> bool:
        """A round of the loop at `site` begins: True when it is one too many."""
        if self._progress_seen != self.progress:
            self._progress_seen = self.progress
            self._rounds = 0
            self._spinning.clear()
        self._rounds += 1
        if self._rounds <= self._limit(site):
            return False
        self._sites.add(site)
        self.spins += 1
        return True

    def _limit(self, site: int) -> int:
        return SPIN_ROUNDS_AGAIN if site in self._sites else SPIN_ROUNDS

    def due(self, me: VirtualThread, ready: Sequence[VirtualThread], clock: Clock) -> list[VirtualThread]:
        """The threads for which time has to pass when `me` spins: none as long as there is one that does not spin."""
        is_polling = clock.reads > self._rounds // 2
        self._rounds = 0
        self._spinning.add(me)
        if not self._spinning.issuperset(ready):
            return []
        self._spinning.clear()
        due = clock.jump()
        return clock.creep(SPIN_STEP) if is_polling and not due else due


def only_daemons_move(threads: Iterable[VirtualThread], ready: Sequence[VirtualThread], points: int) -> bool:
    """True when all that has moved since so many points are daemon threads that block again and again.

    So nobody else will ever move, although there are timers for ever: a deadlock beside a heartbeat. A daemon that
    never blocks is none: it may only keep the others from running.
    """
    for thread in threads:
        is_blocked = thread.waits_for is not None and thread not in ready
        is_stuck = is_blocked and thread.deadline is None and thread.blocked_at < points
        if thread.alive and not is_stuck and not (thread.daemon and (is_blocked or thread.blocked_at >= points)):
            return False
    return True
