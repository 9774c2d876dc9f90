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

    scheduler: ClassVar[Scheduler]
    __slots__ = ("__weakref__", "_items", "_waiting")
    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiting: deque[VirtualThread] = deque()

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
        """Put an item; never blocks."""
        scheduler = self.scheduler
        if scheduler.trace is not None and scheduler.current is not None:
            scheduler.trace.order.release(scheduler.current.number, self)
        self._items.append(item)
        if self._waiting:
            scheduler.wake(self._waiting.popleft())

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
            check_timeout(timeout)
        until = None if timeout is None else self.scheduler.now + nanoseconds(timeout) if block else 0
        while not self._items:
            if not block or (until is not None and until <= self.scheduler.now):
                raise Empty
            self._wait(until)
        if self.scheduler.trace is not None and self.scheduler.current is not None:
            self.scheduler.trace.order.acquire(self.scheduler.current.number, self)
        return self._items.popleft()

    def _wait(self, until: int | None) -> None:
        me = self.scheduler.current
        assert me is not None
        self._waiting.append(me)
        try:
            self.scheduler.block(self, None if until is None else until - self.scheduler.now)
        finally:
            if me in self._waiting:
                self._waiting.remove(me)

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
    names = {"scheduler": scheduler, "__module__": "_queue", "__slots__": ()}
    module.__dict__.update(Empty=Empty, SimpleQueue=type("SimpleQueue", (SimpleQueue,), names))
    return module
