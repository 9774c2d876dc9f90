"""A world: fresh copies of the concurrency modules, over one virtual scheduler, for one run.

While a world is open, `import threading` (queue, concurrent.futures, asyncio, ...) gives modules that were executed
from their source over a virtual `_thread` and `time`; nothing of an earlier run is left in them. Most are kept from
run to run and put back into their first state; the others are executed anew.
"""

import atexit
import dataclasses
import functools
import importlib.machinery
import importlib.util
import itertools
import os
import reprlib
import sys
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType, TracebackType
from typing import Any

from course.lab import run_time_code
from course.lab.adaptations import adapt
from course.lab.holders import forget, holders, real_holders
from course.lab.kept_modules import Snapshot
from course.lab.primitives import thread_module
from course.lab.refusals import REFUSED, refuse_descriptors, refuse_interpreters, refuse_processes, signal_module
from course.lab.scheduler import Scheduler
from course.lab.thread_frames import current_frames_of
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
# What would bypass the world: a C accelerator, of which the modules above have a Python version, and the switches from
# one virtual thread to another.
SWITCHED_OFF = ("_asyncio", "greenlet")
# All that a program must never meet as the process knew it before its first world.
REAL = frozenset({*FRESH, *STAND_INS, *SWITCHED_OFF, "_queue", "_thread", "time"})
# The owners of what a world lends to programs: its fresh modules and, with `course`, its stand-ins.
WORLDLY = frozenset({*REAL, "course"})


# The world that is open, if one is.
OPEN: list["World"] = []


class NotSimulated(Exception):
    """The program asked for something that a world cannot simulate."""


class World:
    """A context manager: inside it, imports give the world's modules."""

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        uncaught: Callable[[BaseException, VirtualThread], None],
        loop_report: Callable[[dict[str, Any]], None],
        slept: Callable[[float], None],
    ) -> None:
        self.scheduler = scheduler
        self.uncaught = uncaught
        self.loop_report = loop_report
        self.slept = slept
        self.refused: str | None = None
        self.loaded: list[str] = []  # that are not kept
        self.first_imported: list[str] = []
        self.kept = _kept_for(scheduler)

    def __enter__(self) -> "World":
        hide_real_modules()
        sys.modules.update(dict.fromkeys(SWITCHED_OFF))  # type: ignore[arg-type]  # None makes an import fail
        self.kept.put_back()
        OPEN.append(self)
        # It is not made anew, and up to 3.11 `cached_property` holds a lock while it calls back into the program.
        functools.__dict__["RLock"] = _new_rlock
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        OPEN.remove(self)
        if self.first_imported:  # what holds something of this world would hold it in the next one, too
            forget(holders(self.first_imported, WORLDLY))
        for name in (*SWITCHED_OFF, *self.kept.modules, *self.loaded):
            sys.modules.pop(name, None)


class _Kept:
    """The modules of a process that are kept from run to run, over the one scheduler that all its runs use."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.modules: dict[str, ModuleType] = {}
        self.loading = 0
        self.load_numbers = itertools.count(-1, -1)
        self._snapshots: list[Snapshot] = []
        self._inside: list[tuple[str, str, ModuleType]] = []  # package, name, module
        threads = thread_module(scheduler, lambda exception, thread: _open_world().uncaught(exception, thread))
        self.keep(threads)
        _tell_threads_apart(threads)
        sys._current_frames = current_frames_of(scheduler)
        self.keep(queue_module(scheduler))
        self.keep(time_module(scheduler, lambda seconds: _open_world().slept(seconds)))
        self.time_ns = self.modules["time"].time_ns  # before any program may replace it

    def keep(self, module: ModuleType) -> None:
        """From now on, put `module` back into the state that it has at this moment."""
        self.modules[module.__name__] = module
        self._snapshots.append(Snapshot(module, REAL.__contains__))
        parent, _, child = module.__name__.rpartition(".")
        if parent:
            self._inside.append((parent, child, module))

    def put_back(self) -> None:
        """Give the open world all kept modules in their first state."""
        for snapshot in self._snapshots:
            snapshot.restore()
        sys.modules.update(self.modules)
        for parent, child, module in self._inside:
            names = vars(self.modules[parent])
            if names.get(child) is not module:
                names[child] = module

    def next_number(self) -> int:
        """A number for an object: numbers of objects that modules make while they are loaded come out of the count."""
        return next(self.load_numbers if self.loading else self.scheduler.numbers)


_kept: _Kept | None = None


def _kept_for(scheduler: Scheduler) -> _Kept:
    global _kept  # noqa: PLW0603  # one per process: `sys.modules` is, too
    if _kept is None or _kept.scheduler is not scheduler:
        _kept = _Kept(scheduler)
    return _kept


def hide_real_modules() -> None:
    """Take the real concurrency modules out of this process for good: from now on, imports need an open world."""
    if (sys.meta_path and type(sys.meta_path[0]) is _Finder) or any(type(one) is _Finder for one in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
    for name in [name for name in sys.modules if name.partition(".")[0] in REAL]:
        del sys.modules[name]
    forget(real_holders(REAL))
    refuse_descriptors()
    refuse_interpreters()


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


def read_code() -> None:
    """Read the code of the modules that worlds will make anew, as far as this process has imported them."""
    for name in [name for name in sys.modules if _is_fresh(name)]:
        code_of(name)


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
        if name in SWITCHED_OFF:  # somebody has taken the None out of sys.modules
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if OPEN and name in OPEN[0].kept.modules:  # or the module itself
            return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]
        if name in STAND_INS or name == "asyncio.unix_events":
            return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]
        if not _is_fresh(name):
            if OPEN:
                OPEN[0].first_imported.append(name)
            return None
        try:
            is_package = code_of(name)[1]
        except AssertionError:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=is_package)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        world = _open_world()
        if spec.name in world.kept.modules:
            return world.kept.modules[spec.name]
        match spec.name:
            case "asyncio.unix_events":
                base_events, events = sys.modules["asyncio.base_events"], sys.modules["asyncio.events"]
                report = lambda context: _open_world().loop_report(context)  # noqa: E731
                return loop_module(world.scheduler, base_events, events, report)
            case "datetime":
                return date_module(world.kept.time_ns)
            case "select":
                return select_module(world.scheduler)
            case "signal":
                return signal_module()
        return None

    def exec_module(self, module: ModuleType) -> None:
        world = _open_world()
        kept = world.kept
        if module.__name__ in kept.modules:
            return
        kept.loading += 1
        try:
            if module.__name__ != "asyncio.unix_events" and module.__name__ not in STAND_INS:
                _execute(module)
                adapt(module, kept.scheduler, kept.next_number)
                refuse_processes(module)
        finally:
            kept.loading -= 1
        if _can_be_kept(module.__name__):
            kept.keep(module)
        else:
            world.loaded.append(module.__name__)


def _can_be_kept(name: str) -> bool:
    """False for what deals with processes: it is seldom asked for, and much of it is refused."""
    return not name.startswith(("multiprocessing", "concurrent.futures.process"))


def _execute(module: ModuleType) -> None:
    code, _ = code_of(module.__name__)
    module.__file__ = code.co_filename
    register_at_fork, register_at_exit = os.register_at_fork, atexit.register
    os.register_at_fork = atexit.register = _ignore  # type: ignore[assignment]  # a world never forks nor exits
    try:
        exec(code, module.__dict__)
    finally:
        os.register_at_fork, atexit.register = register_at_fork, register_at_exit


def _new_rlock() -> Any:
    return importlib.import_module("threading").RLock()


def _open_world() -> World:
    if not OPEN:
        raise ImportError("this process imports concurrency modules inside an open world only")
    return OPEN[0]


def _tell_threads_apart(threads: ModuleType) -> None:
    """For modules that are not made anew, and remember by thread which object they are showing at this moment."""
    dataclasses.__dict__["_thread"] = threads  # up to 3.12
    reprlib.__dict__["get_ident"] = threads.get_ident


def _ignore(*_: object, **__: object) -> None:
    """Stand-in for `os.register_at_fork` and `atexit.register`."""


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: while a world is open, refuse what it cannot simulate, and remember that it was asked for.

    Raises:
        NotSimulated: with the name of what was asked for.
    """
    if event not in REFUSED or not OPEN:
        return
    what = REFUSED[event]
    if callable(what):
        what = what(*arguments)
    if what:
        _refuse(OPEN[0], what)


def refuse_new_code(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: while a world is open, refuse code that the program makes by ways on which it gets no points.

    Raises:
        NotSimulated: new code was asked for.
    """
    if event in run_time_code.EVENTS and OPEN and run_time_code.is_refused(event, arguments, sys._getframe(1)):
        _refuse(OPEN[0], run_time_code.NAME)


def _refuse(world: World, what: str) -> None:
    world.refused = world.refused or what
    raise NotSimulated(f"{what} cannot run in virtual time")
