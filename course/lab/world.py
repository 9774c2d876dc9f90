"""A world: fresh copies of the concurrency modules, over one virtual scheduler, for one run.

While a world is open, `import threading` (queue, concurrent.futures, asyncio, ...) gives modules that were executed
anew from cached code objects over the world's own `_thread` and `time`; nothing of an earlier run is left in them.
"""

import atexit
import functools
import importlib.machinery
import importlib.util
import itertools
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType, TracebackType
from typing import Any

from course.lab.hand_overs import add_hand_overs
from course.lab.holders import forget, holders, real_holders
from course.lab.primitives import thread_module
from course.lab.refusals import REFUSED, refuse_descriptors, refuse_processes, signal_module
from course.lab.scheduler import Scheduler
from course.lab.virtual_date import date_module
from course.lab.virtual_loop import loop_module
from course.lab.virtual_queue import queue_module
from course.lab.virtual_select import select_module
from course.lab.virtual_thread import VirtualThread
from course.lab.virtual_time import time_module

# These modules, and the modules inside these packages, are made anew in each world.
FRESH = (
    "_threading_local", "asyncio", "concurrent", "logging", "multiprocessing", "queue", "sched", "selectors",
    "threading",
)  # fmt: skip
# Of these a world makes its own stand-ins, when they are imported.
STAND_INS = ("datetime", "select", "signal")
# C accelerators that would bypass the world; the modules above have Python versions of what they offer.
SWITCHED_OFF = ("_asyncio",)
# All that a program must never meet as the process knew it before its first world.
REAL = frozenset({*FRESH, *STAND_INS, *SWITCHED_OFF, "_queue", "_thread", "time"})
# The owners of what a world lends to programs: its fresh modules and, with `course`, its stand-ins.
WORLDLY = frozenset({*REAL, "course"})


class NotSimulated(Exception):
    """The program asked for something that a world cannot simulate."""


class World:
    """A context manager: inside it, imports give the world's modules."""

    open_world: "World | None" = None

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        uncaught: Callable[[BaseException, VirtualThread], None],
        loop_report: Callable[[dict[str, Any]], None],
        slept: Callable[[float], None],
    ) -> None:
        self.scheduler = scheduler
        self.loop_report = loop_report
        self.refused: str | None = None
        self.fakes = {
            "_thread": thread_module(scheduler, uncaught),
            "_queue": queue_module(scheduler),
            "time": time_module(scheduler, slept),
            **dict.fromkeys(SWITCHED_OFF),
        }
        self.time_ns = self.fakes["time"].time_ns  # type: ignore[union-attr]  # before the program may replace it
        self.loaded: list[str] = []
        self.first_imported: list[str] = []

    def __enter__(self) -> "World":
        hide_real_modules()
        sys.modules.update(self.fakes)  # type: ignore[arg-type]  # None makes an import fail
        World.open_world = self
        # It is not made anew, and up to 3.11 `cached_property` holds a lock while it calls back into the program.
        functools.__dict__["RLock"] = _new_rlock
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        World.open_world = None
        if self.first_imported:  # what holds something of this world would hold it in the next one, too
            forget(holders(self.first_imported, WORLDLY))
        for name in self.loaded:
            sys.modules.pop(name, None)
        for name in self.fakes:
            sys.modules.pop(name, None)


def hide_real_modules() -> None:
    """Take the real concurrency modules out of this process for good: from now on, imports need an open world."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
    for name in [name for name in sys.modules if name.partition(".")[0] in REAL]:
        del sys.modules[name]
    forget(real_holders(REAL))
    refuse_descriptors()


def _is_fresh(name: str) -> bool:
    return name.partition(".")[0] in FRESH


@functools.cache
def code_of(name: str) -> tuple[CodeType, bool]:
    """The code object of a standard library module, and whether it is a package."""
    spec = importlib.machinery.PathFinder.find_spec(name, _path_of_parent(name))
    assert spec is not None, name
    assert isinstance(spec.loader, importlib.machinery.SourceFileLoader), name
    code = spec.loader.get_code(name)
    assert code is not None
    return code, spec.submodule_search_locations is not None


def _path_of_parent(name: str) -> list[str] | None:
    parent = name.rpartition(".")[0]
    if not parent:
        return None
    return [os.path.join(entry, *parent.split(".")) for entry in sys.path]


class _Finder:
    """Finds the fresh modules before anybody else does, and executes them from their cached code."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if World.open_world is not None and name in World.open_world.fakes:  # somebody has taken it out of sys.modules
            if name in SWITCHED_OFF:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]
        if name in STAND_INS or name == "asyncio.unix_events":
            return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]
        if not _is_fresh(name):
            if World.open_world is not None:
                World.open_world.first_imported.append(name)
            return None
        try:
            is_package = code_of(name)[1]
        except AssertionError:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=is_package)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        world = _open_world()
        match spec.name:
            case "asyncio.unix_events":
                base_events, events = sys.modules["asyncio.base_events"], sys.modules["asyncio.events"]
                return loop_module(world.scheduler, base_events, events, world.loop_report)
            case "datetime":
                return date_module(world.time_ns)
            case "select":
                return select_module(world.scheduler)
            case "signal":
                return signal_module()
        return world.fakes.get(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        world = _open_world()
        if module.__name__ in world.fakes:
            return
        world.loaded.append(module.__name__)
        if module.__name__ == "asyncio.unix_events" or module.__name__ in STAND_INS:
            return
        code, _ = code_of(module.__name__)
        module.__file__ = code.co_filename
        register_at_fork, register_at_exit = os.register_at_fork, atexit.register
        os.register_at_fork = atexit.register = _ignore  # type: ignore[assignment]  # a world never forks nor exits, and must not stay alive
        try:
            exec(code, module.__dict__)
        finally:
            os.register_at_fork, atexit.register = register_at_fork, register_at_exit
        _adapt(module, world.scheduler)
        refuse_processes(module)


def _new_rlock() -> Any:
    return importlib.import_module("threading").RLock()


def _open_world() -> World:
    if World.open_world is None:
        raise ImportError("this process imports concurrency modules inside an open world only")
    return World.open_world


def _ignore(*_: object, **__: object) -> None:
    """Stand-in for `os.register_at_fork` and `atexit.register`."""


def _adapt(module: ModuleType, scheduler: Scheduler) -> None:
    """Make a fresh module fit the world.

    Threads, futures and tasks get hashes that do not depend on addresses, so that sets of them keep one order.
    """
    match module.__name__:
        case "threading":
            _number_instances(module.Thread)
            _add_points_at_start_and_end(module, scheduler)
            add_hand_overs(module, scheduler)
            _remember_unheard(module, scheduler)
        case "concurrent.futures._base" | "asyncio.futures":
            _number_instances(module.Future)
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


def _number_instances(cls: type) -> None:
    numbers = itertools.count(1)

    def sequence_number(self: Any) -> int:
        number: int | None = self.__dict__.get("_sequence_number")
        if number is None:
            number = self.__dict__["_sequence_number"] = next(numbers)
        return number

    cls.__hash__ = sequence_number  # type: ignore[assignment,method-assign]


def _add_points_at_start_and_end(threading: Any, scheduler: Scheduler) -> None:
    """Points at the two ends of a thread's life, where `threading` enters `_active_limbo_lock`.

    Right after it has told its creator that it has started: without this point a new thread would always run up to
    its first blocking call before its creator goes on. And when its function has come back: without it, nobody could
    ever meet a thread that has done its work but has not ended.
    """
    rlock: Any = type(threading._active_limbo_lock)

    class LimboLock(rlock):  # type: ignore[misc]
        def __enter__(self) -> Any:
            me = scheduler.current
            if me is not None and me.number and not me.starting and scheduler.outcome is None:
                scheduler.point()
            return super().__enter__()

        def __exit__(self, *details: object) -> None:
            super().__exit__(*details)
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


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: while a world is open, refuse what it cannot simulate, and remember that it was asked for.

    Raises:
        NotSimulated: with the name of what was asked for.
    """
    if event not in REFUSED or World.open_world is None:
        return
    what = REFUSED[event]
    if callable(what):
        what = what(*arguments)
    if what:
        World.open_world.refused = World.open_world.refused or what
        raise NotSimulated(f"{what} cannot run in virtual time")
