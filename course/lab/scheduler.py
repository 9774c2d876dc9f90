"""The scheduler: virtual threads that take turns, and a clock that jumps.

Each virtual thread has a carrier of its own (`carriers`), and exactly one of them runs at any moment: until it blocks,
or reaches a preemption point at which the strategy picks another thread. When nobody can run, the clock jumps to the
next timer; when there is no timer either, the run is a deadlock.
"""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from course.lab.busy_waiting import BusyWaiting, only_daemons_move
from course.lab.carriers import Carrier, Greenlet
from course.lab.profile import Profile
from course.lab.stopping import RunOver, obey_stop
from course.lab.strategies import Runnable, Strategy
from course.lab.trace import Trace
from course.lab.turns import Turns
from course.lab.virtual_thread import VirtualThread

Outcome = Literal["finished", "deadlock", "no_end"]

# A run that needs more points than this is not going to end: the lessons' own runs stay below 2,000.
POINT_LIMIT = 50_000
# So many threads at a time, and no more: a system gives no endless number of them either.
MOST_THREADS = 1_000
# Whoever asks for another thread so often all the same goes on for ever: each time counts as so many points.
POINTS_OF_REFUSED_THREAD = POINT_LIMIT // 100


class Scheduler:
    """Runs one program once, under the schedule that `strategy` chooses."""

    def __init__(self, strategy: Strategy, *, trace: Trace | None = None, profile: Profile | None = None) -> None:
        self.begin(strategy, trace=trace, profile=profile)

    def begin(self, strategy: Strategy, *, trace: Trace | None = None, profile: Profile | None = None) -> None:
        """Forget everything, for another run: modules that are kept from run to run know one scheduler."""
        self.strategy = strategy
        self.trace = trace
        self.profile = profile
        self.turns = Turns(strategy)
        self.clock = self.turns.clock
        self.threads: list[VirtualThread] = []
        self.current: VirtualThread | None = None
        self.outcome: Outcome | None = None
        self.points = 0
        self.busy_waiting = BusyWaiting()
        self.any_order = False  # whether the strategy chooses among ready tasks, and how long sleepers stay asleep
        self.numbers = itertools.count(1)  # for whatever else is numbered in the order of its creation
        self.carrier: Callable[[Callable[[], object]], Carrier] = Greenlet
        self.on_stuck: Callable[[], None] = _nothing
        strategy.attend(self.threads)

    @property
    def now(self) -> int:
        """Virtual nanoseconds since the start of the run."""
        return self.clock.now

    @property
    def choices(self) -> list[tuple[int, int, int]]:
        """As `Turns.choices`."""
        return self.turns.choices

    @property
    def spins(self) -> int:
        """How often somebody was found waiting by spinning."""
        return self.busy_waiting.spins

    # --- the life of a run -------------------------------------------------------------------------------------

    def run(self, main: Callable[[], object]) -> Outcome:
        """Run `main` as thread 0 and return how it ended; the caller is not a virtual thread. Leftovers are stopped."""
        self.current = self.new_thread(main)
        self.turns.ready.clear()
        while self.outcome is None:
            self.current.carrier.go_on()
        if self.outcome != "finished":
            self.on_stuck()
        self._stop_leftovers()
        return self.outcome

    def new_thread(self, function: Callable[[], object]) -> VirtualThread:
        """Create a thread that runs `function`; it is ready, but runs only when it is picked.

        Raises:
            RuntimeError: there are too many threads.
        """
        if len(self.threads) >= MOST_THREADS and len(self.alive_besides(None)) >= MOST_THREADS:
            self.points += POINTS_OF_REFUSED_THREAD
            raise RuntimeError("can't start new thread")
        creator = self.current
        thread = VirtualThread(len(self.threads), function, self.clock.now)
        thread.carrier = self.carrier(partial(self._live, thread))
        self.threads.append(thread)
        self.turns.ready.append(thread)
        self.busy_waiting.progress += 1
        if creator is not None:
            thread.born_at = creator.site
            thread.creator = creator.number
        if self.trace is not None:
            self.trace.started(self.now, creator, thread)
        return thread

    def _live(self, thread: VirtualThread) -> None:
        try:
            if self.outcome is None:
                thread.function()
        except RunOver:
            pass
        finally:
            self._end(thread)

    def _end(self, thread: VirtualThread) -> None:
        thread.alive = False
        thread.function = _nothing  # breaks the cycle function -> world -> scheduler -> thread
        if self.outcome is not None:
            return
        thread.ended = self.clock.now
        thread.moments += 1  # so that no two decisions of a run have the same name
        for callback in thread.on_end:
            callback()
        self.busy_waiting.progress += 1
        if self.trace is not None:
            self.trace.ended(self.now, thread)
        if thread.number == 0:
            self.outcome = "finished"
        else:
            self._let_others_run(thread)

    def _stop_leftovers(self) -> None:
        """Unwind every thread that is still alive, one after another."""
        for thread in self.threads:
            if thread.alive:
                self.current = thread
                thread.carrier.go_on()
        self.current = None

    def alive_besides(self, thread: VirtualThread | None) -> list[VirtualThread]:
        """The threads that have been started and have not ended, without `thread`."""
        return [other for other in self.threads if other.alive and other is not thread]

    # --- switching ---------------------------------------------------------------------------------------------

    def point(self, site: int = 0) -> None:
        """A preemption point of the running thread: the strategy may let another thread go first.

        `site` numbers the place in the student's source (0: a place that is not the student's).
        """
        me = self._me() if self.current is None or self.outcome is not None else self.current  # the shorter way first
        me.site = site
        self.points += 1
        me.moments += 1
        if self.points > POINT_LIMIT:
            self._give_up(me)
        if self.profile is not None:
            self.profile.saw_event(me.number, site)
        if self.trace is not None:
            self.trace.add(self.now, me.number, "point", site)
        turns = self.turns
        if turns.ready or turns.sleepers:
            other = turns.before(me)
            if other is not None:
                if self.trace is not None:
                    self.trace.add(self.now, me.number, "preempt", site)
                turns.ready.append(me)
                self.current = other  # as `_switch`
                me.carrier.rest(other.carrier)
                if self.outcome is not None:
                    obey_stop(me)

    def loop_point(self, site: int) -> None:
        """A point at the start of a round of a `while` loop; many rounds without progress are a busy wait."""
        if self.busy_waiting.is_found_at(site):
            self._let_spinner_wait(self._me())
        self.point(site)

    def give_way(self) -> None:
        """Let another thread go first if one is ready, as `time.sleep(0)` asks for."""
        me = self._me()
        self.points += 1
        me.moments += 1
        if self.points > POINT_LIMIT:
            self._give_up(me)
        if self.turns.ready:
            self.turns.ready.append(me)
            self._let_others_run(me)

    def choose(self, options: Sequence[Runnable]) -> int:
        """The index of the one of `options` that comes first, where the order is not a matter of threads."""
        me = self._me()
        me.moments += 1
        return self.turns.pick(me, options, can_go_on=False) if len(options) > 1 else 0

    def block(self, waits_for: object, timeout: int | None = None) -> bool:
        """Block the running thread until somebody wakes it (True) or `timeout` nanoseconds have passed (False)."""
        me = self._me() if self.current is None or self.outcome is not None else self.current
        me.moments += 1
        me.waits_for = waits_for
        me.blocked_at = self.points
        me.timed_out = False
        me.deadline = None
        if timeout is not None:
            self.clock.set_timer(me, timeout)
        self.busy_waiting.progress += 1
        if self.trace is not None:
            self.trace.blocked(self.now, me, type(waits_for).__name__)
        clock = self.clock
        began = clock.now
        self._let_others_run(me)
        me.waits_for = None
        now = clock.now
        if self.trace is not None:
            self.trace.add(now, me.number, "resume", me.site)
        if now > began:
            me.waited[me.site] = me.waited.get(me.site, 0) + now - began
        return not me.timed_out

    def sleep(self, nanoseconds: int) -> None:
        """Block the running thread for so long, or longer where the order is free."""
        me = self._me()
        if not self.any_order:
            self.block("time.sleep", nanoseconds)
            return
        self.turns.sleepers.append(me)
        try:
            self.block("time.sleep", nanoseconds)
        finally:
            self.turns.sleepers.remove(me)

    def wake(self, thread: VirtualThread) -> None:
        """Make a blocked thread ready; it runs when it is picked."""
        if thread not in self.turns.ready:  # its timer may have fired at this very instant
            thread.deadline = None
            self.turns.ready.append(thread)
        self.busy_waiting.progress += 1

    def read_clock(self) -> int:
        """As `Turns.read_clock`."""
        return self.turns.read_clock()

    def _let_spinner_wait(self, me: VirtualThread) -> None:
        """Make a thread that spins wait for the others, or, when all that can run are spinning, for the next timer."""
        self.strategy.demote(me)
        if self.trace is not None:
            self.trace.add(self.now, me.number, "spin", me.site)
        ready = self.turns.ready
        ready.extend(self.busy_waiting.due(me, ready, self.clock))
        if ready:
            other = ready.pop(0)
            ready.append(me)
            self._switch(me, other)

    def _let_others_run(self, me: VirtualThread) -> None:
        """Let somebody else run because `me` cannot go on; returns when it can, or at once when it has ended."""
        other = self.turns.after(me)
        if other is None:
            self._stop_run(me, "deadlock")
            return
        self.current = other
        if me.alive and other is not me:
            me.carrier.rest(other.carrier)
            if self.outcome is not None:
                obey_stop(me)

    def _switch(self, me: VirtualThread, other: VirtualThread) -> None:
        self.current = other
        me.carrier.rest(other.carrier)
        if self.outcome is not None:
            obey_stop(me)

    def _give_up(self, me: VirtualThread) -> None:
        """There were too many points."""
        is_stuck = not self.spins and only_daemons_move(self.threads, self.turns.ready, POINT_LIMIT // 2)
        self._stop_run(me, "deadlock" if is_stuck else "no_end")

    def _stop_run(self, me: VirtualThread, outcome: Outcome) -> None:
        """End the run although its main thread has not come to its end."""
        self.outcome = outcome
        if me.alive:
            self._switch(me, me)

    def _me(self) -> VirtualThread:
        me = self.current
        if me is None:
            raise RunOver  # out of a destructor, in what is thrown away when the run is over
        if self.outcome is not None:
            obey_stop(me)
        return me


def _nothing() -> None:
    """Nobody wants to hear of it."""
