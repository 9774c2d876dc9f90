"""A world's `_queue` module: `queue.SimpleQueue`, and with it the work queues of thread pools, in virtual time.

Like the one written in C, it puts and gets in one step: no lock, hence no wait that a program could not see.
"""

from _queue import Empty
from collections import deque
from types import GenericAlias, ModuleType
from typing import Any, ClassVar

from course.lab.locks import check_timeout, nanoseconds
from course.lab.scheduler import Scheduler
from course.lab.virtual_thread import VirtualThread


class SimpleQueue:
    """As `queue.SimpleQueue`: unbounded, first in, first out. All timeouts are virtual seconds."""

    _course_scheduler: ClassVar[Scheduler]
    __slots__ = ("__weakref__", "_course_waiting", "_items")
    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._course_waiting: deque[VirtualThread] = deque()

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
        """Put an item; never blocks."""
        scheduler = self._course_scheduler
        if scheduler.trace is not None and scheduler.current is not None:
            scheduler.trace.order.release(scheduler.current.number, self)
        self._items.append(item)
        if self._course_waiting:
            scheduler.wake(self._course_waiting.popleft())

    def put_nowait(self, item: object) -> None:
        """Put an item."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The oldest item; waits for one as long as `timeout` says (None: without limit).

        Raises:
            Empty: there is none.
        """
        if block and timeout is not None:
            if isinstance(timeout, int | float) and timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            timeout = check_timeout(timeout)
        until = None if timeout is None else self._course_scheduler.now + nanoseconds(timeout) if block else 0
        while not self._items:
            if not block or (until is not None and until <= self._course_scheduler.now):
                raise Empty
            self._wait(until)
        if self._course_scheduler.trace is not None and self._course_scheduler.current is not None:
            self._course_scheduler.trace.order.acquire(self._course_scheduler.current.number, self)
        return self._items.popleft()

    def _wait(self, until: int | None) -> None:
        me = self._course_scheduler.current
        assert me is not None
        self._course_waiting.append(me)
        try:
            self._course_scheduler.block(self, None if until is None else until - self._course_scheduler.now)
        finally:
            if me in self._course_waiting:
                self._course_waiting.remove(me)

    def get_nowait(self) -> Any:
        """The oldest item.

        Raises:
            Empty: there is none.
        """
        return self.get(block=False)

    def empty(self) -> bool:
        """True when there is no item at this moment."""
        return not self._items

    def qsize(self) -> int:
        """How many items there are at this moment."""
        return len(self._items)


def queue_module(scheduler: Scheduler) -> ModuleType:
    """A `_queue` module for one world."""
    module = ModuleType("_queue")
    names = {"_course_scheduler": scheduler, "__module__": "_queue", "__slots__": ()}
    module.__dict__.update(Empty=Empty, SimpleQueue=type("SimpleQueue", (SimpleQueue,), names))
    return module
