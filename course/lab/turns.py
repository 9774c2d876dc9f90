"""Turns: who can run, and who comes next."""

from collections.abc import Sequence

from course.lab.clock import FRUITLESS_READS, Clock
from course.lab.sleepers import Sleepers
from course.lab.strategies import Runnable, Strategy
from course.lab.virtual_thread import VirtualThread


class Turns:
    """The threads of one run that are ready, those that wait for a time, and the strategy that picks among them.

    `choices` are the decisions at which another thread was picked than `RunToBlock` would have: the number of the
    thread that decided, how many moments of decision it had met by then, and the number of the thread that was picked.
    """

    def __init__(self, strategy: Strategy) -> None:
        self.clock = Clock()
        self.ready: list[VirtualThread] = []  # whoever has been ready longest comes first
        self.sleepers = Sleepers(self.clock)
        self.choices: list[tuple[int, int, int]] = []
        self._strategy_picks = strategy.pick

    def pick(self, me: VirtualThread, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        """The index of the one of several `options` that comes next, decided where `me` stands."""
        pick = self._strategy_picks(me, options, can_go_on=can_go_on)
        if pick:
            self.choices.append((me.number, me.moments, options[pick].number))
        return pick

    def before(self, me: VirtualThread) -> VirtualThread | None:
        """Who goes first although `me`, which runs, could go on; None: `me` goes on."""
        options = [me, *self.ready, *self.sleepers.next()] if self.sleepers else [me, *self.ready]
        pick = self._strategy_picks(me, options, can_go_on=True) if len(options) > 1 else 0
        if not pick:
            return None
        other = options[pick]
        self.choices.append((me.number, me.moments, other.number))
        if other.deadline is not None:
            return self._take(other)
        self.ready.remove(other)
        return other

    def after(self, me: VirtualThread) -> VirtualThread | None:
        """Who comes next when `me` cannot go on: when nobody is ready, time passes. None: nobody ever."""
        ready = self.ready
        if not ready:
            ready.extend(self.clock.jump())
            if not ready:
                return None
        options = [*ready, *self.sleepers.next()] if self.sleepers else ready
        if len(options) == 1:
            return ready.pop()
        return self._take(options[self.pick(me, options, can_go_on=False)])

    def _take(self, thread: VirtualThread) -> VirtualThread:
        """Take a thread that was an option out of those that are ready, if need be when its sleep is over."""
        if thread.deadline is not None:
            self.ready.extend(self.clock.jump_to(thread.deadline))
        self.ready.remove(thread)
        return thread

    def read_clock(self) -> int:
        """The virtual time in nanoseconds. Time creeps for a loop that does nothing but read the clock."""
        clock = self.clock
        clock.reads += 1
        if clock.reads > FRUITLESS_READS:
            self.ready.extend(clock.creep())
        return clock.now
