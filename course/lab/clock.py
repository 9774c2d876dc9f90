"""The virtual clock: integer nanoseconds since the start of the run, and the timers of blocked threads.

Computing costs no virtual time. The clock jumps to the next timer when nobody can run; it creeps for a loop that does
nothing but read it, because such a loop waits for time to pass.
"""

import heapq
import math
from collections.abc import Collection

from course.lab.virtual_thread import VirtualThread

# So many readings of the clock at one instant are a polling loop of a library's, for which time has to pass: a little,
# because `as_completed` only waits for the instant after its deadline.
FRUITLESS_READS = 5_000


class Clock:
    """Virtual time, and who waits until when."""

    def __init__(self) -> None:
        self.now = 0
        self.reads = 0  # at this instant, since the clock has moved
        self._timers: list[tuple[int, int, VirtualThread]] = []
        self._timer_number = 0
        self._step = 1

    def set_timer(self, thread: VirtualThread, nanoseconds: int) -> None:
        """Let `thread` become due after so many nanoseconds, unless its deadline is taken away before."""
        thread.deadline = self.now + nanoseconds
        self._timer_number += 1
        heapq.heappush(self._timers, (thread.deadline, self._timer_number, thread))

    def jump(self) -> list[VirtualThread]:
        """Jump to the earliest deadline; the threads that are due then, in the order of their timers. [] if none."""
        while self._timers and not self._is_valid(self._timers[0]):
            heapq.heappop(self._timers)
        if not self._timers:
            return []
        self.now = self._timers[0][0]
        self.reads = 0
        self._step = 1
        due = []
        while self._timers and self._timers[0][0] == self.now:
            timer = heapq.heappop(self._timers)
            if self._is_valid(timer):
                timer[2].timed_out = True
                timer[2].deadline = None
                due.append(timer[2])
        return due

    def jump_to(self, moment: int) -> list[VirtualThread]:
        """Jump from deadline to deadline until `moment`, which is one; the threads that have become due."""
        due = []
        while self.now < moment:
            due += self.jump()
        return due

    def next_deadline(self, besides: Collection[VirtualThread]) -> float:
        """The earliest deadline of a thread that is none of these; infinity if there is none."""
        deadlines = (timer[0] for timer in self._timers if timer[2] not in besides and self._is_valid(timer))
        return min(deadlines, default=math.inf)

    def _is_valid(self, timer: tuple[int, int, VirtualThread]) -> bool:
        due, _, thread = timer
        return thread.deadline == due and thread.alive

    def creep(self, least: int = 1) -> list[VirtualThread]:
        """Let a little time pass, more each time, but never beyond a deadline: then the threads that are due."""
        self.reads = 0
        step = max(self._step, least)
        later = self.now + step
        if any(timer[0] <= later and self._is_valid(timer) for timer in self._timers):
            return self.jump()
        self._step = 2 * step
        self.now = later
        return []
