"""The trace of a run: what each thread did, in the order in which it happened, and what orders it."""

import sys
from collections import deque
from types import FrameType
from typing import Any, NamedTuple, Protocol

from course.lab.happens_before import HappensBefore

# A longer trace keeps its end, where the failure is.
LONGEST_TRACE = 8_000
# Between the student's line and the lock that it takes.
CALLS_OF_LOCKS = {
    *("Lock.acquire", "ReentrantLock.acquire", "ReentrantLock._acquire_restore"),
    *("Condition.__enter__", "Condition.wait", "Condition.wait_for", "Condition._acquire_restore"),
}


class Event(NamedTuple):
    """One thing that happened: at `time` (virtual nanoseconds), in thread or task `thread`, at place `site`."""

    time: int
    thread: int
    kind: str  # start, end, point, preempt, block, resume, spin, read, write, result, acquire, release, call
    site: int
    detail: str  # of a call: which one of those that the lab has noted, made by a line of the student's


class Traced(Protocol):
    """What a trace knows of a thread."""

    number: int
    site: int


class TracedLock(Protocol):
    """What a trace knows of a lock."""

    orders: bool  # whether its hand-over is one that a program may count on


class FollowsTasks(Protocol):
    """What a trace knows of whoever adds the steps of tasks to it."""

    def follow(self, tasks: Any) -> None:
        """Hear of all steps of tasks from now on."""


class Trace:
    """Collects events, the locks that threads hold, and the happens-before order."""

    def __init__(self, filename: str = "") -> None:
        self.events: deque[Event] = deque(maxlen=LONGEST_TRACE)
        self.order = HappensBefore()
        self.held: dict[int, list[tuple[object, int]]] = {}  # by thread: its locks, and where it took them
        self.lanes: dict[int, int] = {}  # by thread: the number of the task that it is running
        self.tasks: FollowsTasks | None = None
        self._filename = filename

    def add(self, time: int, thread: int, kind: str, site: int = 0, detail: str = "") -> None:
        """Append one event: of the task that `thread` is running, if there is one."""
        self.events.append(Event(time, self.lanes.get(thread, thread), kind, site, detail))

    def started(self, time: int, creator: Traced | None, thread: Traced) -> None:
        """`creator` has started `thread`."""
        if creator is not None:
            self.order.start(creator.number, thread.number)
            self.add(time, creator.number, "start", creator.site, str(thread.number))

    def ended(self, time: int, thread: Traced) -> None:
        """`thread` has ended."""
        self.add(time, thread.number, "end")

    def blocked(self, time: int, thread: Traced, what: str) -> None:
        """`thread` begins to wait; at a place of the student's only if a line of theirs made it wait.

        An event loop waits for its tasks, and those say at which lines and for what.
        """
        frame: FrameType | None = sys._getframe(1) if what != "Selector" else None
        while frame is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        self.add(time, thread.number, "block", thread.site if frame is not None else 0, what)

    def acquired(self, time: int, thread: Traced, lock: TracedLock) -> None:
        """`thread` holds `lock` from now on."""
        if lock.orders:
            self.order.acquire(thread.number, lock)
        if self._asked_for_by_student():
            self.held.setdefault(thread.number, []).append((lock, thread.site))
            self.add(time, thread.number, "acquire", thread.site)

    def released(self, time: int, thread: Traced, lock: TracedLock) -> None:
        """`lock` is free from now on, whoever held it."""
        if lock.orders:
            self.order.release(thread.number, lock)
        for holder, locks in self.held.items():
            for entry in locks:
                if entry[0] is lock:
                    locks.remove(entry)
                    self.add(time, holder, "release", entry[1])
                    return

    def _asked_for_by_student(self) -> bool:
        """True when the student's own line asks for a lock, not a queue's or an event's inner life."""
        frame: FrameType | None = sys._getframe(2)
        path = []
        while frame is not None and frame.f_globals.get("__name__") in ("threading", "course.lab.locks"):
            path.append(frame.f_code.co_qualname)
            frame = frame.f_back
        # A lock that `Condition.wait` itself takes is one that it has made for its waiter.
        of_a_lock = all(name in CALLS_OF_LOCKS for name in path) and path[:2] != ["Lock.acquire", "Condition.wait"]
        return of_a_lock and frame is not None and frame.f_code.co_filename == self._filename
