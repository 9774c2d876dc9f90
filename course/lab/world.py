"""A world: fresh copies of the concurrency modules, over one virtual scheduler, for one run.

While a world is open, `import threading` (queue, concurrent.futures, asyncio, ...) gives modules that were executed
anew from cached code objects over the world's own `_thread` and `time`; nothing of an earlier run is left in them.
"""

import functools
import importlib.machinery
import importlib.util
import itertools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType, TracebackType
from typing import Any

from course.lab.primitives import thread_module
from course.lab.scheduler import Scheduler
from course.lab.virtual_loop import loop_module
from course.lab.virtual_thread import VirtualThread
from course.lab.virtual_time import time_module

# These modules, and the modules inside these packages, are made anew in each world.
FRESH = ("_threading_local", "asyncio", "concurrent", "multiprocessing", "queue", "sched", "threading")
# C accelerators that would bypass the world; the modules above have Python versions of what they offer.
SWITCHED_OFF = ("_asyncio", "_queue")
# What cannot run in virtual time, by audit event (PEP 578).
REFUSED = {
    "os.exec": "starting a process",
    "os.fork": "starting a process",
    "os.forkpty": "starting a process",
    "os.posix_spawn": "starting a process",
    "os.system": "starting a process",
    "subprocess.Popen": "starting a process",
    "socket.connect": "a network connection",
    "socket.bind": "a network connection",
    "socket.getaddrinfo": "a network connection",
    "socket.gethostbyname": "a network connection",
    "socket.sendto": "a network connection",
}


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
        self._fakes = {
            "_thread": thread_module(scheduler, uncaught),
            "time": time_module(scheduler, slept),
            **dict.fromkeys(SWITCHED_OFF),
        }
        self.loaded: list[str] = []

    def __enter__(self) -> "World":
        hide_real_modules()
        sys.modules.update(self._fakes)  # type: ignore[arg-type]  # None makes an import fail
        World.open_world = self
        # Two modules that are not made anew hold locks while they call back into programs: give them the world's.
        logging.__dict__.update(threading=_WorldsThreading(), time=self._fakes["time"])
        functools.__dict__["RLock"] = _new_rlock  # of `cached_property`, up to 3.11
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        World.open_world = None
        for name in self.loaded:
            sys.modules.pop(name, None)
        for name in self._fakes:
            sys.modules.pop(name, None)


def hide_real_modules() -> None:
    """Take the real concurrency modules out of this process for good: from now on, imports need an open world."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
    for name in [name for name in sys.modules if _is_fresh(name) or name in ("_thread", "time", *SWITCHED_OFF)]:
        del sys.modules[name]


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
        if name in SWITCHED_OFF:  # somebody has taken the None out of sys.modules
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if not _is_fresh(name):
            return None
        if name == "asyncio.unix_events":
            return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]
        try:
            is_package = code_of(name)[1]
        except AssertionError:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=is_package)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        if spec.name == "asyncio.unix_events":
            world = _open_world()
            base_events, events = sys.modules["asyncio.base_events"], sys.modules["asyncio.events"]
            return loop_module(world.scheduler, base_events, events, world.loop_report)
        return None

    def exec_module(self, module: ModuleType) -> None:
        world = _open_world()
        world.loaded.append(module.__name__)
        if module.__name__ == "asyncio.unix_events":
            return
        code, _ = code_of(module.__name__)
        module.__file__ = code.co_filename
        register_at_fork = os.register_at_fork
        os.register_at_fork = _ignore  # a world never forks, and must not stay alive
        try:
            exec(code, module.__dict__)
        finally:
            os.register_at_fork = register_at_fork
        _adapt(module, world.scheduler)


class _WorldsThreading:
    """The open world's `threading`, imported when it is asked for something."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("threading"), name)


def _new_rlock() -> Any:
    return importlib.import_module("threading").RLock()


def _open_world() -> World:
    if World.open_world is None:
        raise ImportError("this process imports concurrency modules inside an open world only")
    return World.open_world


def _ignore(**_: object) -> None:
    """Stand-in for `os.register_at_fork`."""


def _adapt(module: ModuleType, scheduler: Scheduler) -> None:
    """Make a fresh module fit the world.

    Threads, futures and tasks get hashes that do not depend on addresses, so that sets of them keep one order.
    """
    match module.__name__:
        case "threading":
            _number_instances(module.Thread)
            _add_points_at_start_and_end(module, scheduler)
        case "concurrent.futures._base" | "asyncio.futures":
            _number_instances(module.Future)
        case "multiprocessing.util":
            module.__dict__["spawnv_passfds"] = lambda *_: refuse("os.posix_spawn", ())  # it tells no audit hook
        case "multiprocessing.context":
            module.BaseContext.SimpleQueue = _virtual_simple_queue
        case "multiprocessing.pool":
            module.ThreadPool._get_sentinels = lambda pool: []
            module.Pool._wait_for_updates = staticmethod(lambda sentinels, changes, timeout=None: changes.get())


def _virtual_simple_queue(_: object) -> Any:
    """A thread pool's own book-keeping goes through this queue; `multiprocessing`'s would wait on a real pipe."""
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


def refuse(event: str, _: tuple[object, ...]) -> None:
    """An audit hook: while a world is open, refuse what it cannot simulate, and remember that it was asked for.

    Raises:
        NotSimulated: with the name of what was asked for.
    """
    if event in REFUSED and World.open_world is not None:
        World.open_world.refused = REFUSED[event]
        raise NotSimulated(f"{REFUSED[event]} cannot run in virtual time")
