"""What a world refuses, because it cannot be simulated: processes, interpreters, networks, signals, descriptors.

All refusals go through audit events (PEP 578). Where CPython raises none, a stand-in raises one; so the world's audit
hook hears of everything, and a program cannot hide it behind `except Exception`.
"""

import contextlib
import importlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

PROCESS = "starting a process"
NETWORK = "a network connection"
INTERPRETER = "another interpreter"
# The event that our own stand-ins raise; its argument says what was asked for.
ASKED_FOR = "concurrency_course.asked_for"
LOCK_EX, LOCK_SH, LOCK_NB = 2, 1, 4  # fcntl's, which not every platform has


def _is_fifo(path: object, *_: object) -> str:
    if not isinstance(path, str | bytes | os.PathLike):
        return ""
    try:
        return "a named pipe (FIFO)" if stat.S_ISFIFO(os.stat(path).st_mode) else ""
    except (OSError, ValueError):
        return ""


def _waits_for_file_lock(_: object, operation: int = 0, *__: object) -> str:
    waits = operation & (LOCK_EX | LOCK_SH) and not operation & LOCK_NB
    return "waiting for a lock on a file" if waits else ""


# By audit event: what was asked for, or a function that says so when it hears the event's arguments.
REFUSED: dict[str, str | Callable[..., str]] = {
    "os.exec": PROCESS,
    "os.fork": PROCESS,
    "os.forkpty": PROCESS,
    "os.posix_spawn": PROCESS,
    "os.system": PROCESS,
    "subprocess.Popen": PROCESS,
    "socket.__new__": NETWORK,
    "socket.connect": NETWORK,
    "socket.bind": NETWORK,
    "socket.getaddrinfo": NETWORK,
    "socket.gethostbyname": NETWORK,
    "socket.gethostbyaddr": NETWORK,
    "socket.sendto": NETWORK,
    "os.kill": "sending a signal (os.kill)",
    "os.killpg": "sending a signal (os.killpg)",
    "builtins.input": "reading from the keyboard (input)",
    "ctypes.dlsym": "a C function called through ctypes",
    "open": _is_fifo,
    "fcntl.flock": _waits_for_file_lock,
    "fcntl.lockf": _waits_for_file_lock,
    ASKED_FOR: lambda what: what,
}


def refused(what: str) -> Callable[..., Any]:
    """A function that does nothing but have itself refused, as `what`."""

    def ask(*_: object, **__: object) -> None:
        sys.audit(ASKED_FOR, what)
        raise NotImplementedError(what)  # nobody has installed the hook

    return staticmethod(ask)  # like functions written in C, it does not become a method


def refuse_descriptors() -> None:
    """Replace, for good, functions of shared modules that make descriptors to wait on. Only workers may call this."""
    for name in ("pipe", "pipe2", "eventfd", "timerfd_create", "openpty"):
        if hasattr(os, name):
            setattr(os, name, refused(f"waiting for a descriptor (os.{name})"))
    # It would make pipes before it tells the hook.
    subprocess.Popen.__init__ = refused(PROCESS)  # type: ignore[method-assign]


def refuse_interpreters() -> None:
    """Have it refused, for good, to make an interpreter, which has a real `threading`. Only workers may call this."""
    for name in ("_interpreters", "_xxsubinterpreters"):  # since 3.13; before
        with contextlib.suppress(ImportError):
            importlib.import_module(name).__dict__["create"] = refused(f"{INTERPRETER} (concurrent.interpreters)")


# --- modules of a world ----------------------------------------------------------------------------------------------

_SIGNALS = (
    "alarm", "pause", "pidfd_send_signal", "pthread_kill", "pthread_sigmask", "raise_signal", "set_wakeup_fd",
    "setitimer", "siginterrupt", "signal", "sigtimedwait", "sigwait", "sigwaitinfo",
)  # fmt: skip


def signal_module() -> ModuleType:
    """A `signal` module for one world: its main thread is no thread that a signal could reach."""
    module = ModuleType("signal")
    for name, value in vars(signal).items():
        if not name.startswith("__"):
            setattr(module, name, refused(f"a signal (signal.{name})") if name in _SIGNALS else value)
    return module


_SHARED = "something shared by processes (multiprocessing.{})"
# In the fresh modules of packages that start processes: by module and name in it, what is asked for.
_OF_PROCESSES: dict[str, dict[str, str]] = {
    "concurrent.futures.interpreter": {
        "InterpreterPoolExecutor.__init__": f"{INTERPRETER} (concurrent.futures.InterpreterPoolExecutor)"
    },
    "concurrent.futures.process": {"ProcessPoolExecutor.__init__": PROCESS},
    "multiprocessing.connection": {
        name: f"a connection between processes (multiprocessing.connection.{name})"
        for name in ("Client", "Listener", "Pipe", "wait")
    },
    "multiprocessing.context": {
        "BaseContext.Manager": PROCESS,
        "BaseContext.Pool": PROCESS,
        **{
            f"BaseContext.{name}": _SHARED.format(name)
            for name in (
                "Barrier", "BoundedSemaphore", "Condition", "Event", "JoinableQueue", "Lock", "Pipe", "Queue", "RLock",
                "Semaphore", "SimpleQueue",
            )
        },
    },
    "multiprocessing.managers": {"BaseManager.connect": PROCESS, "BaseManager.start": PROCESS},
    "multiprocessing.pool": {"Pool._setup_queues": PROCESS},  # pools of threads have their own
    "multiprocessing.process": {"BaseProcess.start": PROCESS},
    "multiprocessing.shared_memory": {"SharedMemory.__init__": _SHARED.format("shared_memory")},
    "multiprocessing.synchronize": {"SemLock.__init__": _SHARED.format("synchronize")},
    "multiprocessing.util": {"spawnv_passfds": PROCESS},
}  # fmt: skip


def refuse_processes(module: ModuleType) -> None:
    """Have everything refused by which a fresh module would start processes or wait for them."""
    for path, what in _OF_PROCESSES.get(module.__name__, {}).items():
        owner, _, name = path.rpartition(".")
        setattr(vars(module)[owner] if owner else module, name, refused(what))
