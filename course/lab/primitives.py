"""What a world's `_thread` module offers: thread start, thread handles and (locks.py) locks on the virtual scheduler.

`threading`, `queue`, `concurrent.futures` and `asyncio` are built on these few primitives alone, so their own code
runs unchanged on top (CPython 3.11 to 3.15).
"""

import _thread
import functools
import operator
import os
import sys
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any, NoReturn

from course.lab import locks
from course.lab.locks import Lock, PlainLock, ReentrantLock, nanoseconds
from course.lab.scheduler import Scheduler
from course.lab.stopping import RunOver
from course.lab.thread_errors import print_uncaught, print_unraisable
from course.lab.thread_local import local_type
from course.lab.virtual_thread import VirtualThread


class ThreadHandle:
    """3.13's `_thread._ThreadHandle`: joins a thread that `start_joinable_thread` has started."""

    def __init__(self) -> None:
        self.ident: int | None = None
        self._course_holder: VirtualThread | None = None  # the thread whose end is waited for
        self._done = False
        self._course_joining: list[VirtualThread] = []

    def attach(self, thread: VirtualThread) -> None:
        """Stand for `thread` from now on."""
        self.ident = thread.ident
        self._course_holder = thread
        thread.on_end.append(self._set_done)

    def is_done(self) -> bool:
        """True when the thread has ended."""
        self._note_order()
        return self._done

    def _note_order(self) -> None:
        """What the thread has done comes before what whoever knows of its end does next."""
        scheduler = locks._scheduler  # as locks know it: an attribute for the lab only takes five calls at each step
        if (
            self._done
            and scheduler.trace is not None
            and self._course_holder is not None
            and scheduler.current is not None
        ):
            scheduler.trace.order.join(scheduler.current.number, self._course_holder.number)

    def _set_done(self) -> None:
        if self._course_holder is None:
            raise RuntimeError("thread not started")
        self._done = True
        for thread in self._course_joining:
            locks._scheduler.wake(thread)
        self._course_joining.clear()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended or `timeout` virtual seconds have passed (negative or None: no limit)."""
        me = locks._scheduler.current
        assert me is not None
        if self._course_holder is None:
            raise RuntimeError("thread not started")
        if self._done:
            self._note_order()
            return
        if self._course_holder is me:
            raise RuntimeError("Cannot join current thread")
        self._course_joining.append(me)
        limit = None if timeout is None or timeout < 0 else nanoseconds(timeout)
        locks._scheduler.block(self, limit)
        if me in self._course_joining:
            self._course_joining.remove(me)
        self._note_order()


def thread_module(  # noqa: C901, PLR0915  # a list of small functions, one per name of the module
    scheduler: Scheduler, uncaught: Callable[[BaseException, VirtualThread], None]
) -> ModuleType:
    """A `_thread` module for one world; `uncaught` is told of exceptions that end a thread."""
    locks.use(scheduler)
    of_world = {"__module__": "_thread"}
    lock_type: Any = type("lock", (PlainLock,), {**of_world, "__init_subclass__": _no_base})
    rlock_type = type("RLock", (ReentrantLock,), of_world)
    handle_type: Any = type("_ThreadHandle", (ThreadHandle,), of_world)
    # Up to 3.12 `threading.Lock` is a function, and one that no class would take for a method
    allocate_lock = functools.partial(lock_type)
    stack_sizes = [0]

    def start(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> VirtualThread:
        if scheduler.outcome is not None:
            raise RunOver
        thread = scheduler.new_thread(functools.partial(live, function, args, kwargs))
        # `function` is the _bootstrap of a threading.Thread, which stays alive no longer than the thread
        owner = getattr(function, "__self__", None)
        if owner is not None:
            thread.owner = owner
            thread.on_end.append(functools.partial(_forget_owner, thread))
        return thread

    def live(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            function(*args, **kwargs)
        except (RunOver, SystemExit):
            pass
        except BaseException as exception:
            assert scheduler.current is not None
            uncaught(exception, scheduler.current)
            exception.__traceback__ = _inner(exception.__traceback__)
            print_unraisable(exception, function)

    def start_new_thread(
        function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, /
    ) -> int:
        if not callable(function):
            raise TypeError("first arg must be callable")
        if not isinstance(args, tuple):
            raise TypeError("2nd arg must be a tuple")
        if kwargs is not None and not isinstance(kwargs, dict):
            raise TypeError("optional 3rd arg must be a dictionary")
        return start(function, args, kwargs or {}).ident

    def start_joinable_thread(
        function: Callable[[], object], handle: ThreadHandle | None = None, daemon: bool = True
    ) -> ThreadHandle:
        if not callable(function):
            raise TypeError("thread function must be callable")
        if handle is None:
            handle = handle_type()
        elif not isinstance(handle, ThreadHandle):
            raise TypeError("'handle' must be a _ThreadHandle")
        if handle._course_holder is not None:
            raise RuntimeError("thread already started")
        handle.attach(start(function, (), {}))
        return handle

    def leave() -> NoReturn:
        raise SystemExit

    def get_ident() -> int:
        me = scheduler.current
        return me.ident if me is not None else 1

    def get_native_id() -> int:
        me = scheduler.current
        return me.ident if me is not None else 1

    def stack_size(size: int = 0, /) -> int:
        before = _thread.stack_size(size)  # it knows which sizes there are
        _thread.stack_size(before)
        previous = stack_sizes.pop()
        stack_sizes.append(operator.index(size))
        return previous

    def set_name(name: str) -> None:
        """3.14: name the calling thread for the system's own tools, which cut names short."""
        if not isinstance(name, str):
            raise TypeError(f"set_name() argument 'name' must be str, not {type(name).__name__}")
        if scheduler.current is not None:
            encoded = name.encode(sys.getfilesystemencoding(), "replace").partition(b"\0")[0]
            scheduler.current.system_name = encoded[: getattr(_thread, "_NAME_MAXLEN", None)]

    def get_name() -> str:
        return os.fsdecode(scheduler.current.system_name) if scheduler.current is not None else ""

    def set_sentinel() -> Lock:
        """3.11 and 3.12: a lock that is released when the calling thread has ended."""
        me = scheduler.current
        assert me is not None
        sentinel: PlainLock = lock_type()
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
            print_uncaught(args, me.ident)

    module = ModuleType("_thread")
    functions: dict[str, Any] = {
        "_excepthook": excepthook,
        "start_new_thread": start_new_thread,
        "start_new": start_new_thread,
        "exit": leave,
        "exit_thread": leave,
        "get_ident": get_ident,
        "get_native_id": get_native_id,
        "stack_size": stack_size,
    }
    if sys.version_info < (3, 13):
        functions.update(allocate_lock=allocate_lock, allocate=allocate_lock)
    for name, function in functions.items():
        function.__module__ = "_thread"
        function.__name__ = function.__qualname__ = name
    module.__dict__.update(
        functions,
        _stack_sizes=stack_sizes,  # where a snapshot of the module finds it
        error=RuntimeError,
        TIMEOUT_MAX=_thread.TIMEOUT_MAX,
        _local=local_type(lambda: scheduler.current),
        _ExceptHookArgs=_thread._ExceptHookArgs,
        LockType=lock_type,
        RLock=rlock_type,
        interrupt_main=_not_offered,
        daemon_threads_allowed=lambda: True,
        _count=lambda: len(scheduler.alive_besides(scheduler.current)),
        _is_main_interpreter=lambda: True,
    )
    if sys.version_info >= (3, 13):
        module.__dict__.update(
            lock=lock_type,
            allocate_lock=lock_type,
            allocate=lock_type,
            start_joinable_thread=start_joinable_thread,
            _ThreadHandle=handle_type,
            _make_thread_handle=make_thread_handle,
            _get_main_thread_ident=lambda: scheduler.threads[0].ident,
            _shutdown=lambda: None,
        )
    else:
        module.__dict__.update(_set_sentinel=set_sentinel)
    if hasattr(_thread, "set_name"):
        module.__dict__.update(set_name=set_name, _get_name=get_name)
    if hasattr(_thread, "_NAME_MAXLEN"):
        module.__dict__.update(_NAME_MAXLEN=_thread._NAME_MAXLEN)
    return module


class _Ended:
    """What is remembered of a `threading.Thread` that has ended, so that the program can let go of it."""

    def __init__(self, thread: VirtualThread) -> None:
        self._name = thread.name
        self._daemonic = thread.daemon


def _forget_owner(thread: VirtualThread) -> None:
    """Keep the name of the `threading.Thread` that has ended, not the object."""
    thread.owner = _Ended(thread)


def _inner(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without its first frame, which is a world's own."""
    return traceback.tb_next if traceback is not None else None


def _no_base(*_: object, **__: object) -> NoReturn:
    raise TypeError("type '_thread.lock' is not an acceptable base type")


def _not_offered(*_: object) -> None:
    raise RuntimeError("signals between threads are not simulated")
