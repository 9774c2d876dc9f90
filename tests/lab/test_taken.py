"""All that the lab takes from CPython and no manual promises: a version that lacks some of it fails here first.

One expression per line, and which versions have it, where that is not all of them.
"""

import _thread
import ast
import asyncio
import concurrent.futures
import ctypes
import importlib
import multiprocessing.pool
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import course.lab
from course.lab.refusals import _OF_PROCESSES

TAKEN = """
_thread._ExceptHookArgs
_thread.RLock
_thread._set_sentinel                       until 3.12
_thread._ThreadHandle                       since 3.13
_thread.RLock().locked                      since 3.14
_thread._NAME_MAXLEN                        since 3.14
os._exit
sys._current_frames
sys._getframe
sys.monitoring.events.INSTRUCTION           since 3.12
ctypes.pythonapi.PyThreadState_GetDict
ctypes.pythonapi.PyDict_AddWatcher          since 3.12
ctypes.pythonapi.PyDict_Watch               since 3.12
threading._active
threading._active_limbo_lock
threading._dangling
threading._main_thread._started
threading._shutdown_locks_lock              until 3.12
threading.Condition()._waiters
threading.Condition.wait
threading.Condition.wait_for
threading.Event()._cond._lock
threading.Thread()._stderr
threading.Thread()._name
threading.Thread()._daemonic
threading.Thread._delete
threading.Thread._set_ident
threading.Thread._set_native_id
names(threading.Thread.__init__)['Event']
concurrent.futures._base.Future
multiprocessing.context._concrete_contexts['spawn']
multiprocessing.context._default_context._default_context
multiprocessing.pool.Pool._wait_for_updates
multiprocessing.pool.ThreadPool._get_sentinels
names(multiprocessing.pool.Pool.__init__)['get_context']
asyncio.events.BaseDefaultEventLoopPolicy   until 3.13
asyncio.events._BaseDefaultEventLoopPolicy  since 3.14
asyncio.events._get_running_loop
asyncio.runners.signal
asyncio.unix_events.SelectorEventLoop
asyncio.unix_events.EventLoop               since 3.13
asyncio.unix_events.DefaultEventLoopPolicy  until 3.13
asyncio.unix_events._DefaultEventLoopPolicy since 3.14
asyncio.tasks._all_tasks                    until 3.11
asyncio.tasks._scheduled_tasks              since 3.12
names(asyncio.tasks._PyTask.__init__)['_register_task']     until 3.13
names(asyncio.tasks._PyTask.__init__)['_py_register_task']  since 3.14
names(asyncio.tasks._PyTask._Task__step)['_enter_task']     until 3.13
names(asyncio.tasks._PyTask._Task__step)['_py_enter_task']  since 3.14
names(asyncio.tasks._PyTask._Task__step)['_leave_task']     until 3.13
names(asyncio.tasks._PyTask._Task__step)['_py_leave_task']  since 3.14
asyncio.tasks._PyTask._Task__eager_start    since 3.12
task._callbacks
task._coro
task._exception
task._fut_waiter
task._name
task._state
asyncio.tasks._GatheringFuture([], loop=loop)._children
asyncio.Lock.acquire
asyncio.TaskGroup()._on_completed_fut
asyncio.TaskGroup._on_task_done
"""
_LINE = re.compile(r"(?P<what>.*?)(?: +(?P<when>since|until) 3\.(?P<version>\d+))?")


def taken() -> list[str]:
    """What this version must have."""
    found = []
    for line in TAKEN.split("\n")[1:-1]:
        match = _LINE.fullmatch(line)
        assert match is not None
        version = (3, int(match["version"] or 0))
        now = sys.version_info[:2]
        if not match["when"] or (now >= version if match["when"] == "since" else now <= version):
            found.append(match["what"])
    return found


def _names(function: Callable[..., Any]) -> dict[str, None]:
    return dict.fromkeys(function.__code__.co_names)


@pytest.mark.parametrize("what", taken())
def test_this_python_has_what_the_lab_takes(what: str) -> None:
    """Each by its own test, so that a new version says at once all that it lacks."""

    async def evaluate() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.tasks._PyTask(asyncio.sleep(0), loop=loop)  # type: ignore[attr-defined]
        known = {"names": _names, "loop": loop, "task": task}
        modules = (_thread, asyncio, concurrent, ctypes, multiprocessing, os, sys, threading)
        eval(what, {module.__name__: module for module in modules}, known)
        await task

    asyncio.run(evaluate())


def refused_names() -> list[tuple[str, str]]:
    """By module, what a world refuses there by its name."""
    has_interpreters = sys.version_info >= (3, 14)
    modules = [module for module in _OF_PROCESSES if has_interpreters or module != "concurrent.futures.interpreter"]
    return [(module, path) for module in modules for path in _OF_PROCESSES[module]]


@pytest.mark.parametrize(("module", "path"), refused_names())
def test_what_a_world_refuses_by_name_has_that_name(module: str, path: str) -> None:
    """A refusal under a name that is gone would refuse nothing."""
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)


def test_the_list_names_every_private_thing_that_the_lab_uses() -> None:
    """A name with an underscore that no module of the lab defines comes from CPython."""
    defined, used = set(), set()
    for path in Path(course.lab.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    defined.add(name)
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    defined.add(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    defined.add(name)
                case ast.Attribute(attr=name) if name.startswith("_") and not name.endswith("__"):
                    used.add(name)
    ours = {"_Started"}  # put into `threading`
    assert {name for name in used - defined - ours if not re.search(rf"\b{name}\b", TAKEN)} == set()
