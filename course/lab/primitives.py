"""What a world's `_thread` module offers: locks, thread start and thread handles on the virtual scheduler.

`threading`, `queue`, `concurrent.futures` and `asyncio` are built on these few primitives alone, so their own code
runs unchanged on top (CPython 3.11 to 3.13).
"""

import _thread
import sys
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar

from course.lab.scheduler import RunOver, Scheduler
from course.lab.thread_local import local_type
from course.lab.virtual_thread import VirtualThread

NANOSECONDS = 1_000_000_000


class Lock:
    """A mutual exclusion lock in virtual time. Taking and giving it back are no preemption points of their own."""

    scheduler: ClassVar[Scheduler]

    def __init__(self) -> None:
        self.holder: VirtualThread | None = None
        self.site = 0  # where the holder stood when it took the lock
        self._locked = False
        self._waiting: deque[VirtualThread] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.Lock.acquire`; `timeout` in virtual seconds."""
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        scheduler = self.scheduler
        if self._locked:
            if not blocking:
                return False
            if not self._wait(None if timeout == -1 else scheduler.now + round(timeout * NANOSECONDS)):
                return False
        self._locked = True
        me = self.holder = scheduler.current
        if me is not None:
            self.site = me.site
            if scheduler.trace is not None:
                scheduler.trace.acquired(scheduler.now, me, self)
        return True

    def _wait(self, until: int | None) -> bool:
        scheduler = self.scheduler
        me = scheduler.current
        assert me is not None
        while self._locked:
            if until is not None and until <= scheduler.now:
                return False
            self._waiting.append(me)
            try:
                scheduler.block(self, None if until is None else until - scheduler.now)
            finally:
                if me in self._waiting:
                    self._waiting.remove(me)
        return True

    def release(self) -> None:
        """As `threading.Lock.release`: one waiting thread becomes ready; whoever runs first gets the lock."""
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False
        self.holder = None
        scheduler = self.scheduler
        if scheduler.trace is not None and scheduler.current is not None:
            scheduler.trace.released(scheduler.now, scheduler.current, self)
        if self._waiting:
            scheduler.wake(self._waiting.popleft())

    def locked(self) -> bool:
        """True while somebody holds the lock."""
        return self._locked

    def _at_fork_reinit(self) -> None:
        self._locked = False
        self._waiting.clear()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    acquire_lock, release_lock, locked_lock = acquire, release, locked


class ThreadHandle:
    """3.13's `_thread._ThreadHandle`: joins a thread that `start_joinable_thread` has started."""

    scheduler: ClassVar[Scheduler]

    def __init__(self) -> None:
        self.ident: int | None = None
        self.holder: VirtualThread | None = None  # the thread whose end is waited for
        self._done = False
        self._joining: list[VirtualThread] = []

    def attach(self, thread: VirtualThread) -> None:
        """Stand for `thread` from now on."""
        self.ident = thread.ident
        self.holder = thread
        thread.on_end.append(self._set_done)

    def is_done(self) -> bool:
        """True when the thread has ended."""
        self._note_order()
        return self._done

    def _note_order(self) -> None:
        """What the thread has done comes before what whoever knows of its end does next."""
        scheduler = self.scheduler
        if self._done and scheduler.trace is not None and self.holder is not None and scheduler.current is not None:
            scheduler.trace.order.join(scheduler.current.number, self.holder.number)

    def _set_done(self) -> None:
        self._done = True
        for thread in self._joining:
            self.scheduler.wake(thread)
        self._joining.clear()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended or `timeout` virtual seconds have passed (negative or None: no limit)."""
        me = self.scheduler.current
        assert me is not None
        if self._done:
            self._note_order()
            return
        if self.holder is me:
            raise RuntimeError("Cannot join current thread")
        self._joining.append(me)
        limit = None if timeout is None or timeout < 0 else round(timeout * NANOSECONDS)
        self.scheduler.block(self, limit)
        if me in self._joining:
            self._joining.remove(me)
        self._note_order()


def thread_module(  # noqa: C901  # a list of small functions, one per name of the module
    scheduler: Scheduler, uncaught: Callable[[BaseException, VirtualThread], None]
) -> ModuleType:
    """A `_thread` module for one world; `uncaught` is told of exceptions that end a thread."""
    lock_type = type("lock", (Lock,), {"scheduler": scheduler})
    handle_type = type("_ThreadHandle", (ThreadHandle,), {"scheduler": scheduler})

    def start(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> VirtualThread:
        if scheduler.outcome is not None:
            raise RunOver
        thread = scheduler.new_thread(lambda: function(*args, **kwargs))
        thread.owner = getattr(function, "__self__", None)  # `function` is the _bootstrap of a threading.Thread
        return thread

    def start_new_thread(
        function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
    ) -> int:
        return start(function, args, kwargs or {}).ident

    def start_joinable_thread(
        function: Callable[[], object], handle: ThreadHandle | None = None, daemon: bool = True
    ) -> ThreadHandle:
        handle = handle or handle_type()
        handle.attach(start(function, (), {}))
        return handle

    def get_ident() -> int:
        me = scheduler.current
        return me.ident if me is not None else 1

    def set_sentinel() -> Lock:
        """3.11 and 3.12: a lock that is released when the calling thread has ended."""
        me = scheduler.current
        assert me is not None
        sentinel: Lock = lock_type()
        me.on_end.append(lambda: sentinel.release() if sentinel.locked() else None)
        return sentinel

    def make_thread_handle(ident: int) -> ThreadHandle:
        handle: ThreadHandle = handle_type()
        handle.attach(next(thread for thread in scheduler.threads if thread.ident == ident))
        return handle

    def excepthook(args: Any) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, RunOver | SystemExit):
            me = scheduler.current
            assert me is not None
            uncaught(args.exc_value, me)

    module = ModuleType("_thread")
    module.__dict__.update(
        error=RuntimeError,
        TIMEOUT_MAX=_thread.TIMEOUT_MAX,
        _local=local_type(lambda: scheduler.current),
        _ExceptHookArgs=_thread._ExceptHookArgs,
        _excepthook=excepthook,
        allocate_lock=lock_type,
        allocate=lock_type,
        LockType=lock_type,
        lock=lock_type,
        start_new_thread=start_new_thread,
        start_new=start_new_thread,
        get_ident=get_ident,
        get_native_id=get_ident,
        stack_size=lambda size=0: 0,
        interrupt_main=_not_offered,
        daemon_threads_allowed=lambda: True,
        _count=lambda: len(scheduler.alive_besides(scheduler.current)),
        _is_main_interpreter=lambda: True,
    )
    if sys.version_info >= (3, 13):
        module.__dict__.update(
            start_joinable_thread=start_joinable_thread,
            _ThreadHandle=handle_type,
            _make_thread_handle=make_thread_handle,
            _get_main_thread_ident=lambda: scheduler.threads[0].ident,
            _shutdown=lambda: None,
        )
    else:
        module.__dict__.update(_set_sentinel=set_sentinel)
    return module


def _not_offered(*_: object) -> None:
    raise RuntimeError("signals between threads are not simulated")
