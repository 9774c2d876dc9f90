"""Locks in virtual time: what stands under `threading.Lock` and `threading.RLock` in a world.

Taking a lock and giving it back are no preemption points of their own. Arguments are checked by a real lock that is
always free, so that what is wrong with them is said in the words of the running Python version.
"""

import _thread
import operator
from typing import Any

from course.lab.scheduler import Scheduler
from course.lab.virtual_thread import VirtualThread

NANOSECONDS = 1_000_000_000
_ALWAYS_FREE = _thread.allocate_lock()
# All worlds of a process are over one scheduler. Locks ask for it at every step, and no program gets at it here.
_scheduler: Scheduler


def use(scheduler: Scheduler) -> None:
    """From now on, all locks of this process are on `scheduler`."""
    global _scheduler  # noqa: PLW0603  # an attribute that programs cannot reach takes a call at each step
    _scheduler = scheduler


def check_timeout(timeout: Any, *, blocking: bool = True) -> float:
    """`timeout` as a number; raises what a lock of this Python version raises for these arguments, if it would."""
    _ALWAYS_FREE.acquire(blocking, timeout)
    _ALWAYS_FREE.release()
    if isinstance(timeout, float):
        return timeout
    # since 3.15, anything that can be made a float is a timeout
    return operator.index(timeout) if hasattr(type(timeout), "__index__") else float(timeout)


def nanoseconds(seconds: float) -> int:
    """A time to wait. However short it is, time passes: else who waits for the rest of a time would wait for ever."""
    return max(1, round(seconds * NANOSECONDS)) if seconds > 0 else 0


class Lock:
    """What both kinds of lock share: one virtual thread holds it, the others wait for `acquire` in the order they came.

    Whoever runs first after a release gets the lock, be it one that waited or one that has just come.
    """

    def __init__(self) -> None:
        self._course_holder: VirtualThread | None = None
        self.site = 0  # where the holder stood when it took the lock
        self.orders = True  # False: whoever holds it next has learned nothing from its last holder
        self._locked = False
        self._course_waiting: list[VirtualThread] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.Lock.acquire`; `timeout` in virtual seconds."""
        if timeout != -1 or type(timeout) is not int:
            timeout = check_timeout(timeout, blocking=blocking)
        scheduler = _scheduler
        if self._locked:
            if not blocking:
                return False
            if not self._wait(None if timeout == -1 else scheduler.now + nanoseconds(timeout)):
                return False
        self._locked = True
        me = self._course_holder = scheduler.current
        if me is not None:
            self.site = me.site
            if scheduler.trace is not None:
                scheduler.trace.acquired(scheduler.now, me, self)
        return True

    def release(self) -> None:
        """As `threading.Lock.release`: one waiting thread becomes ready; whoever runs first gets the lock."""
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False
        self._course_holder = None
        scheduler = _scheduler
        if scheduler.trace is not None and scheduler.current is not None:
            scheduler.trace.released(scheduler.now, scheduler.current, self)
        if self._course_waiting:
            scheduler.wake(self._course_waiting.pop(0))

    def _wait(self, until: int | None) -> bool:
        scheduler = _scheduler
        me = scheduler.current
        assert me is not None
        while self._locked:
            if until is not None and until <= scheduler.now:
                return False
            self._course_waiting.append(me)
            try:
                scheduler.block(self, None if until is None else until - scheduler.now)
            finally:
                if me in self._course_waiting:
                    self._course_waiting.remove(me)
        return True

    def _at_fork_reinit(self) -> None:
        self._locked = False
        self._course_holder = None
        self._course_waiting.clear()


class PlainLock(Lock):
    """`threading.Lock`: whoever calls `release` releases it."""

    def locked(self) -> bool:
        """True while somebody holds the lock."""
        return self._locked

    def __exit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        state = "locked" if self._locked else "unlocked"
        return f"<{state} {_name_of(self)} object at {id(self):#x}>"

    __enter__ = acquire_lock = Lock.acquire
    release_lock, locked_lock = Lock.release, locked


class ReentrantLock(Lock):
    """`threading.RLock`: its holder may take it again, and gives it back as often."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__()
        if arguments or named:
            _thread.RLock(*arguments, **named)  # up to 3.14, a real one takes them
        self._count = 0

    if hasattr(_thread.RLock, "locked"):  # since 3.14

        def locked(self) -> bool:
            """True while some thread holds the lock."""
            return self._locked

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.RLock.acquire`; `timeout` in virtual seconds."""
        if self._is_owned():
            if timeout != -1 or type(timeout) is not int:
                check_timeout(timeout, blocking=blocking)
        elif not super().acquire(blocking, timeout):
            return False
        self._count += 1
        return True

    def release(self) -> None:
        """As `threading.RLock.release`: only its holder may, and the last time frees the lock."""
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            super().release()

    def _is_owned(self) -> bool:
        return self._locked and self._course_holder is _scheduler.current

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, VirtualThread | None]:
        """For `Condition.wait`: free the lock, however often it was taken."""
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        saved = self._count, self._course_holder
        self._count = 0
        super().release()
        return saved

    def _acquire_restore(self, saved: tuple[int, VirtualThread | None]) -> None:
        super().acquire()
        self._count, self._course_holder = saved

    def _at_fork_reinit(self) -> None:
        super()._at_fork_reinit()
        self._count = 0

    def __exit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        state = "locked" if self._count else "unlocked"
        owner = self._course_holder.ident if self._course_holder is not None else 0
        return f"<{state} {_name_of(self)} object owner={owner} count={self._count} at {id(self):#x}>"

    __enter__ = acquire


def _name_of(lock: Lock) -> str:
    return f"{type(lock).__module__}.{type(lock).__qualname__}"
