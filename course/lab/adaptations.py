"""What is changed in the standard library's modules when they are loaded into a world."""

import functools
import importlib
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

from course.lab.hand_overs import add_hand_overs
from course.lab.scheduler import Scheduler
from course.lab.starting import shorten


def adapt(module: ModuleType, scheduler: Scheduler, next_number: Callable[[], int]) -> None:
    """Make a fresh module fit the world; `next_number` counts objects.

    Threads, futures and tasks get hashes that do not depend on addresses, so that sets of them keep one order.
    """
    match module.__name__:
        case "threading":
            _number_instances(module.Thread, next_number)
            shorten(module, scheduler)
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
        case "multiprocessing.sharedctypes":
            module.__dict__["_new_value"] = lambda kind: kind()  # a world is one process: any memory is shared
            for name in ("Array", "Value"):
                setattr(module, name, _with_threads_lock(getattr(module, name)))


class _PoolContext:
    """What a pool of threads asks of `multiprocessing`: a queue for its own book-keeping."""

    def SimpleQueue(self) -> Any:  # noqa: N802  # the name that pools ask for
        """A virtual queue; `multiprocessing`'s would wait on a real pipe."""
        return importlib.import_module("queue").SimpleQueue()


def _with_threads_lock(make: Callable[..., Any]) -> Callable[..., Any]:
    """`Value` or `Array` with a virtual lock; `multiprocessing`'s would be a semaphore of the system."""

    def made(*arguments: Any, lock: Any = True, ctx: Any = None) -> Any:
        return make(*arguments, lock=importlib.import_module("threading").RLock() if lock in (True, None) else lock)

    return functools.wraps(make)(made)


def _number_instances(cls: type, next_number: Callable[[], int]) -> None:
    def sequence_number(self: Any) -> int:
        number: int | None = self.__dict__.get("_sequence_number")
        if number is None:
            number = self.__dict__["_sequence_number"] = next_number()
        return number

    cls.__hash__ = sequence_number  # type: ignore[assignment,method-assign]


def _remember_unheard(threading: Any, scheduler: Scheduler) -> None:
    """A condition remembers where `notify` was called when nobody was waiting: such a signal is lost."""
    notify = threading.Condition.notify

    def notify_and_remember(self: Any, n: int = 1) -> None:
        if not self._waiters and scheduler.current is not None:
            self._course_unheard = scheduler.current.site
        notify(self, n)

    threading.Condition.notify = functools.wraps(notify)(notify_and_remember)
