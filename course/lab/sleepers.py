"""Sleepers: threads in `time.sleep`, where the order is free.

A sleep is no order: whoever is ready may be kept from running for longer than the others sleep. So those who wake up
before anything else happens can come next as well.
"""

from course.lab.clock import Clock
from course.lab.virtual_thread import VirtualThread


class Sleepers(list[VirtualThread]):
    """The threads that sleep, in the order in which they began; each from then until it runs again."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def next(self) -> list[VirtualThread]:
        """Who wakes up before the timer of anybody else is due."""
        until = self._clock.next_deadline(besides=set(self))
        return [thread for thread in self if thread.deadline is not None and thread.deadline <= until]
