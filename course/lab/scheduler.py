"""The scheduler: virtual threads that pass one baton, and a clock that jumps.

Every virtual thread is a real OS thread, but exactly one of them runs at any moment: the one that holds the baton.
It keeps the baton until it blocks or reaches a preemption point at which the strategy picks another thread. When
nobody can run, the clock jumps to the next timer; when there is no timer either, the run is a deadlock.
"""

import _thread
import itertools
from collections.abc import Callable, Sequence
from typing import Literal

from course.lab.busy_waiting import BusyWaiting, only_daemons_move
from course.lab.carriers import carrier_of
from course.lab.clock import FRUITLESS_READS, Clock
from course.lab.profile import Profile
from course.lab.sleepers import Sleepers
from course.lab.stopping import RunOver, obey_stop, park
from course.lab.strategies import Runnable, Strategy
from course.lab.trace import Trace
from course.lab.virtual_thread import VirtualThread

Outcome = Literal["finished", "deadlock", "no_end"]

# A run that needs more points than this is not going to end: the lessons' own runs stay below 2,000.
POINT_LIMIT = 50_000


class Scheduler:
    """Runs one program once, under the schedule that `strategy` chooses.

    `choices` are the decisions at which another thread was picked than `RunToBlock` would have: the number of the
    thread that decided, how many moments of decision it had met by then, and the number of the thread that was picked.
    """

    def __init__(self, strategy: Strategy, *, trace: Trace | None = None, profile: Profile | None = None) -> None:
        self._caller = 0  # the OS thread that waits for the end of the run
        self.begin(strategy, trace=trace, profile=profile)

    def begin(self, strategy: Strategy, *, trace: Trace | None = None, profile: Profile | None = None) -> None:
        """Forget everything, for another run: modules that are kept from run to run know one scheduler."""
        self.strategy = strategy
        self.trace = trace
        self.profile = profile
        self.clock = Clock()
        self.threads: list[VirtualThread] = []
        self.ready: list[VirtualThread] = []
        self.sleepers = Sleepers(self.clock)
        self.current: VirtualThread | None = None
        self.outcome: Outcome | None = None
        self.points = 0
        self.busy_waiting = BusyWaiting()
        self.any_order = False  # whether the strategy chooses among ready tasks, and how long sleepers stay asleep
        self.choices: list[tuple[int, int, int]] = []
        self.numbers = itertools.count(1)  # for whatever else is numbered in the order of its creation
        self.on_live: Callable[[], None] = _nothing
        self.on_stuck: Callable[[], None] = _nothing
        self._finished = _thread.allocate_lock()
        self._finished.acquire()
        strategy.attend(self.threads)

    @property
    def now(self) -> int:
        """Virtual nanoseconds since the start of the run."""
        return self.clock.now

    @property
    def spins(self) -> int:
        """How often somebody was found waiting by spinning."""
        return self.busy_waiting.spins

    # --- the life of a run -------------------------------------------------------------------------------------

    def run(self, main: Callable[[], object]) -> Outcome:
        """Run `main` as thread 0 and return how it ended; the caller is not a virtual thread. Leftovers are stopped."""
        self._caller = _thread.get_ident()
        self.new_thread(main)
        self._pass_baton_to(self.ready.pop())
        self._finished.acquire()
        outcome = self.outcome
        assert outcome is not None
        self._stop_leftovers()
        return outcome

    def new_thread(self, function: Callable[[], object]) -> VirtualThread:
        """Create a thread that runs `function`; it is ready, but runs only when it is picked."""
        creator = self.current
        thread = VirtualThread(len(self.threads), function, self.clock.now)
        thread.baton = carrier_of(lambda: self._live(thread)).baton  # first: the system may have no thread left
        self.threads.append(thread)
        self.ready.append(thread)
        self.busy_waiting.note_progress()
        if creator is not None:
            thread.born_at = creator.site
            thread.creator = creator.number
        if self.trace is not None:
            self.trace.started(self.now, creator, thread)
        return thread

    def _live(self, thread: VirtualThread) -> None:
        thread.os_ident = _thread.get_ident()
        try:
            if self.outcome is None:
                self.on_live()
                thread.function()
        except RunOver:
            pass
        finally:
            self._end(thread)

    def _end(self, thread: VirtualThread) -> None:
        if self.current is not thread:  # it swallowed its orders to stop and was given up long ago
            return
        thread.alive = False
        thread.forget_function()
        if self.outcome is not None:
            self._finished.release()
            return
        thread.ended = self.clock.now
        thread.moments += 1  # so that no two decisions of a run have the same name
        for callback in thread.on_end:
            callback()
        self.busy_waiting.note_progress()
        if self.trace is not None:
            self.trace.ended(self.now, thread)
        if thread.number == 0:
            self.outcome = "finished"
            self._finished.release()
        else:
            self._run_next_after(thread)

    def _stop_leftovers(self) -> None:
        """Unwind every thread that is still alive, one after another, each holding the baton while it unwinds."""
        for thread in self.threads:
            if thread.alive:
                self._pass_baton_to(thread)
                self._finished.acquire()
        self.current = None

    def alive_besides(self, thread: VirtualThread | None) -> list[VirtualThread]:
        """The threads that have been started and have not ended, without `thread`."""
        return [other for other in self.threads if other.alive and other is not thread]

    def end_run(self, outcome: Outcome) -> None:
        """End the run from the running thread: freeze the evidence, then let the caller of `run` go on."""
        self.outcome = outcome
        self.on_stuck()
        self._finished.release()

    # --- switching ---------------------------------------------------------------------------------------------

    def point(self, site: int = 0) -> None:
        """A preemption point of the running thread: the strategy may let another thread go first.

        `site` numbers the place in the student's source (0: a place that is not the student's).
        """
        me = self._me()
        me.site = site
        self._count_point(me)
        if self.profile is not None:
            self.profile.saw_event(me.number, site)
        if self.trace is not None:
            self.trace.add(self.now, me.number, "point", site)
        if self.ready or self.sleepers:
            options = [me, *self._options()]
            pick = self._pick(me, options, can_go_on=True) if len(options) > 1 else 0
            if pick:
                if self.trace is not None:
                    self.trace.add(self.now, me.number, "preempt", site)
                other = self._take(options[pick])
                self.ready.append(me)
                self._switch(me, other)

    def loop_point(self, site: int) -> None:
        """A point at the start of a round of a `while` loop; many rounds without progress are a busy wait."""
        if self.busy_waiting.is_found_at(site):
            self._let_spinner_wait(self._me())
        self.point(site)

    def give_way(self) -> None:
        """Let another thread go first if one is ready, as `time.sleep(0)` asks for."""
        me = self._me()
        self._count_point(me)
        if self.ready:
            self.ready.append(me)
            self._switch(me, self._take_ready(me))

    def choose(self, options: Sequence[Runnable]) -> int:
        """The index of the one of `options` that comes first, where the order is not a matter of threads."""
        me = self._me()
        me.moments += 1
        return self._pick(me, options, can_go_on=False) if len(options) > 1 else 0

    def _count_point(self, me: VirtualThread) -> None:
        self.points += 1
        me.moments += 1
        if self.points > POINT_LIMIT:
            is_stuck = not self.spins and only_daemons_move(self.threads, self.ready, POINT_LIMIT // 2)
            self._stuck(me, "deadlock" if is_stuck else "no_end")

    def _pick(self, me: VirtualThread, options: Sequence[Runnable], *, can_go_on: bool) -> int:
        pick = self.strategy.pick(me, options, can_go_on=can_go_on)
        if pick:
            self.choices.append((me.number, me.moments, options[pick].number))
        return pick

    def block(self, waits_for: object, timeout: int | None = None) -> bool:
        """Block the running thread until somebody wakes it (True) or `timeout` nanoseconds have passed (False)."""
        me = self._me()
        me.moments += 1
        me.waits_for = waits_for
        me.blocked_at = self.points
        me.timed_out = False
        me.deadline = None
        if timeout is not None:
            self.clock.set_timer(me, timeout)
        self.busy_waiting.note_progress()
        if self.trace is not None:
            self.trace.blocked(self.now, me, type(waits_for).__name__)
        began = self.clock.now
        self._run_next_after(me)
        me.waits_for = None
        now = self.clock.now
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
        self.sleepers.add(me)
        try:
            self.block("time.sleep", nanoseconds)
        finally:
            self.sleepers.remove(me)

    def wake(self, thread: VirtualThread) -> None:
        """Make a blocked thread ready; it runs when it is picked."""
        if thread not in self.ready:  # its timer may have fired at this very instant
            thread.deadline = None
            self.ready.append(thread)
        self.busy_waiting.note_progress()

    def _run_next_after(self, me: VirtualThread) -> None:
        """Hand the baton on because `me` cannot go on; returns when `me` has it again (never, if `me` has ended)."""
        if not self.ready:
            self.ready.extend(self.clock.jump())
            if not self.ready:
                self._stuck(me, "deadlock")
                return
        other = self._take_ready(me)
        if other is me:
            return
        if me.alive:
            self._switch(me, other)
        else:
            self._pass_baton_to(other)

    def _take_ready(self, me: VirtualThread) -> VirtualThread:
        options = self._options()
        return self._take(options[self._pick(me, options, can_go_on=False) if len(options) > 1 else 0])

    def _options(self) -> Sequence[VirtualThread]:
        """Who can run next: all who are ready, and the first sleepers."""
        return [*self.ready, *self.sleepers.next()] if self.sleepers else self.ready

    def _take(self, thread: VirtualThread) -> VirtualThread:
        """Take a thread that was an option out of those that are ready, if need be when its sleep is over."""
        if thread.deadline is not None:
            self.ready.extend(self.clock.jump_to(thread.deadline))
        self.ready.remove(thread)
        return thread

    def _switch(self, me: VirtualThread, other: VirtualThread) -> None:
        self._pass_baton_to(other)
        me.baton.acquire()
        if self.outcome is not None:
            obey_stop(me, self._finished.release)

    def _pass_baton_to(self, thread: VirtualThread) -> None:
        self.current = thread
        thread.baton.release()

    def _me(self) -> VirtualThread:
        me = self.current
        if self.outcome is not None or me is None:
            if me is None and _thread.get_ident() == self._caller:
                raise RunOver  # out of a destructor, in what is thrown away when the run is over
            if me is None or me.os_ident != _thread.get_ident():
                park()  # a thread of a run that is over, given up because it would not stop
            obey_stop(me, self._finished.release)
        return me

    def _stuck(self, me: VirtualThread, outcome: Outcome) -> None:
        self.end_run(outcome)
        if me.alive:
            me.baton.acquire()
            obey_stop(me, self._finished.release)

    # --- time --------------------------------------------------------------------------------------------------

    def read_clock(self) -> int:
        """The virtual time in nanoseconds. Time creeps for a loop that does nothing but read the clock."""
        clock = self.clock
        clock.reads += 1
        if clock.reads > FRUITLESS_READS:
            self.ready.extend(clock.creep())
        return clock.now

    def _let_spinner_wait(self, me: VirtualThread) -> None:
        """Make a thread that spins wait for the others, or, when all that can run are spinning, for the next timer."""
        self.strategy.demote(me)
        if self.trace is not None:
            self.trace.add(self.now, me.number, "spin", me.site)
        self.ready.extend(self.busy_waiting.due(me, self.ready, self.clock))
        if self.ready:
            other = self.ready.pop(0)
            self.ready.append(me)
            self._switch(me, other)


def _nothing() -> None:
    """Nobody wants to hear of it."""
