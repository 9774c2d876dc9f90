"""The trace of a run: what each thread did, in the order in which it happened."""

from typing import NamedTuple

# A trace longer than this keeps its beginning; the rest of a run that spins tells nothing new.
LONGEST_TRACE = 4_000


class Event(NamedTuple):
    """One thing that happened: at `time` (virtual nanoseconds), in thread `thread`, at place `site` of the source."""

    time: int
    thread: int
    kind: str  # start, end, point, preempt, block, spin
    site: int
    detail: str


class Trace:
    """Collects events up to a limit."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, time: int, thread: int, kind: str, site: int = 0, detail: str = "") -> None:
        """Append one event."""
        if len(self.events) < LONGEST_TRACE:
            self.events.append(Event(time, thread, kind, site, detail))
