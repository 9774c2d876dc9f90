"""What is changed in the standard library's modules when they are loaded into a world."""

import functools
import importlib
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

from course.lab.hand_overs import add_hand_overs
from course.lab.scheduler import Scheduler


def adapt(module: ModuleType, scheduler: Scheduler, next_number: Callable[[], int]) -> None:
    """Make a fresh module fit the world; `next_number` counts objects.

    Threads, futures and tasks get hashes that do not depend on addresses, so that sets of them keep one order.
    """
    match module.__name__:
        case "threading":
            _number_instances(module.Thread, next_number)
            _add_points_at_start_and_end(module, scheduler)
            _remember_unheard(module, scheduler)
            add_hand_overs(module, scheduler)
        case "concurrent.futures._base" | "asyncio.futures":
            _number_instances(module.Future, next_number)
        case "asyncio.runners":
            module.__dict__["signal"] = signal  # it asks who handles SIGINT; that needs no refusal
        case "multiprocessing.pool":
            module.__dict__["get_context"] = _PoolContext
            module.ThreadPool._get_sentinels = lambda pool: []
            module.Pool._wait_for_updates = staticmethod(lambda sentinels, changes, timeout=None: changes.get())


class _PoolContext:
    """What a pool of threads asks of `multiprocessing`: a queue for its own book-keeping."""

    def SimpleQueue(self) -> Any:  # noqa: N802  # the name that pools ask for
        """A virtual queue; `multiprocessing`'s would wait on a real pipe."""
        return importlib.import_module("queue").SimpleQueue()


def _number_instances(cls: type, next_number: Callable[[], int]) -> None:
    def sequence_number(self: Any) -> int:
        number: int | None = self.__dict__.get("_sequence_number")
        if number is None:
            number = self.__dict__["_sequence_number"] = next_number()
        return number

    cls.__hash__ = sequence_number  # type: ignore[assignment,method-assign]


def _add_points_at_start_and_end(threading: Any, scheduler: Scheduler) -> None:
    """Points at the two ends of a thread's life, where `threading` enters `_active_limbo_lock`.

    Right after it has told its creator that it has started: without this point a new thread would always run up to
    its first blocking call before its creator goes on. And when its function has come back: without it, nobody could
    ever meet a thread that has done its work but has not ended.
    """
    rlock: Any = type(threading._active_limbo_lock)
    enter, leave = rlock.__enter__, rlock.__exit__

    class LimboLock(rlock):  # type: ignore[misc]
        def __enter__(self) -> Any:
            me = scheduler.current
            if me is not None and me.alive and me.number and not me.starting and scheduler.outcome is None:
                scheduler.point()
            return enter(self)

        def __exit__(self, *details: object) -> None:
            leave(self, *details)
            me = scheduler.current
            if me is not None and me.starting and scheduler.outcome is None:
                me.starting = False
                scheduler.point()

    threading._active_limbo_lock = LimboLock()


def _remember_unheard(threading: Any, scheduler: Scheduler) -> None:
    """A condition remembers where `notify` was called when nobody was waiting: such a signal is lost."""
    notify = threading.Condition.notify

    def notify_and_remember(self: Any, n: int = 1) -> None:
        if not self._waiters and scheduler.current is not None:
            self._course_unheard = scheduler.current.site
        notify(self, n)

    threading.Condition.notify = functools.wraps(notify)(notify_and_remember)
