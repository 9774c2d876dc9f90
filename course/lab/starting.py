"""How threads start and end in `threading`: what takes it two locks, a condition and an event takes few calls here.

The points and the waits are the same, one by one, so that each schedule stays what it was. Nobody ever waits for these
locks, because no point stands where one is held, and for the event nobody waits but the creator of the thread.
"""

import functools
from typing import Any
from weakref import WeakSet

from course.lab.scheduler import Scheduler


def shorten(threading: Any, scheduler: Scheduler) -> None:
    """Put what follows in place of `Thread._started`, an event, and of `_active_limbo_lock`."""
    threading._Started = _started_type(scheduler)
    making: Any = threading.Thread.__init__
    names = making.__code__.co_names
    making.__code__ = making.__code__.replace(co_names=tuple("_Started" if name == "Event" else name for name in names))
    threading._main_thread._started = threading._Started()
    threading._main_thread._started.set()
    threading._active_limbo_lock = _limbo_lock(scheduler, type(threading._active_limbo_lock))
    _shorten_identities(threading, scheduler)
    threading._dangling = _Unnoted(threading._dangling)


class _Unnoted(WeakSet[Any]):
    """In place of `_dangling`, the threads that a forked process has to tell that they are gone: a world never forks.

    A thread gets its number when it is put there.
    """

    def add(self, thread: Any) -> None:
        hash(thread)


def _started_type(scheduler: Scheduler) -> type:
    """What a thread that has started tells its creator, and everybody who asks."""

    class Started:
        __slots__ = ("_course_waiting", "_is_set")

        def __init__(self) -> None:
            self._is_set = False
            self._course_waiting: Any = None  # the thread's creator, at most

        def is_set(self) -> bool:
            if self._is_set and scheduler.trace is not None and scheduler.current is not None:
                scheduler.trace.order.acquire(scheduler.current.number, self)
            return self._is_set

        def set(self) -> None:
            if scheduler.trace is not None and scheduler.current is not None:
                scheduler.trace.order.release(scheduler.current.number, self)
            self._is_set = True
            creator = self._course_waiting
            if creator is not None:
                self._course_waiting = None
                scheduler.wake(creator)

        def clear(self) -> None:
            self._is_set = False

        def wait(self) -> None:
            self._course_waiting = scheduler.current
            while not self._is_set:
                scheduler.block(self)
            self.is_set()

    return Started


def _shorten_identities(threading: Any, scheduler: Scheduler) -> None:
    """A thread's numbers, and its place among those that run, are no business of several functions each."""
    lock = threading._active_limbo_lock
    delete = threading.Thread._delete

    def set_ident(self: Any) -> None:
        self._ident = scheduler.current.ident if scheduler.current is not None else threading.get_ident()

    def set_native_id(self: Any) -> None:
        self._native_id = scheduler.current.ident if scheduler.current is not None else threading.get_native_id()

    def delete_me(self: Any) -> None:
        me = scheduler.current
        if me is None or lock._locked:
            delete(self)
            return
        if me.number and not me.starting and me.alive and scheduler.outcome is None:
            scheduler.point()  # as where the lock is entered
        del threading._active[me.ident]

    for name, function in (("_set_ident", set_ident), ("_set_native_id", set_native_id), ("_delete", delete_me)):
        setattr(threading.Thread, name, functools.wraps(getattr(threading.Thread, name))(function))


def _limbo_lock(scheduler: Scheduler, rlock: Any) -> Any:
    """A lock that has points at the two ends of a thread's life, where `threading` enters it.

    Right after it has told its creator that it has started: without this point a new thread would always run up to
    its first blocking call before its creator goes on. And when its function has come back: without it, nobody could
    ever meet a thread that has done its work but has not ended.
    """
    enter, leave = rlock.__enter__, rlock.__exit__

    class LimboLock(rlock):  # type: ignore[misc]
        def __enter__(self) -> Any:
            me = scheduler.current
            if me is not None and me.number and not me.starting and me.alive and scheduler.outcome is None:
                scheduler.point()
            if lock._locked:
                return enter(self)
            lock._locked, lock._course_holder, lock._count = True, me, 1  # as `enter`, in one step
            return True

        def __exit__(self, *details: object) -> None:
            me = scheduler.current
            if lock._count == 1 and lock._course_holder is me and not lock._course_waiting:
                lock._locked, lock._course_holder, lock._count = False, None, 0  # as `leave`, in one step
            else:
                leave(self, *details)
            if me is not None and me.starting and scheduler.outcome is None:
                me.starting = False
                scheduler.point()

    lock: Any = LimboLock()
    return lock
