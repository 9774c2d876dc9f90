"""The canary: tries, in a worker and before any student's code, what a student's code must not be able to do.

What it could do is no verdict: the judge decides what that says about this machine's isolation.
"""

import contextlib
import functools
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from course.lab import kernel
from course.lab.record import Channel

# How long the daemon lives if nobody ends it. The judge looks for it at once.
DAEMON_SECONDS = 20.0


def sing(request: dict[str, Any], channel: Channel) -> None:
    """Try everything; what succeeded is the value of the only run."""
    bait = request["arguments"]
    attempts: dict[str, Callable[[], object]] = {
        "read": lambda: _open_any(bait["secret"], bait["grader"]),
        "write": lambda: os.open(os.path.join(bait["open"], "written"), os.O_WRONLY | os.O_CREAT),
        "shared": lambda: os.open(bait["shared"], os.O_RDONLY) if bait["shared"] else _fail(),
        "network": lambda: socket.create_connection(("127.0.0.1", bait["port"]), 1).close(),
        "sockets": lambda: _connect(bait["socket"]),
        "signal": lambda: os.kill(_not_ours(bait["judge"]), 0),
        "memory": lambda: os.open(f"/proc/{_not_ours(bait['judge'])}/environ", os.O_RDONLY),
        "users": kernel.leave_users,
        "privileges": _can_gain_privileges,
    }
    holes = [name for name, attempt in attempts.items() if _succeeds(attempt)]
    _leave_daemon()
    channel.send("run", outcome="finished", value=["list", holes], error=None, duration=0, output="")
    channel.send("end", runs=1, bound=-1, exhausted=False)


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, AttributeError):
        return False
    return True


def _open_any(*paths: str) -> None:
    """Open one of the files at least."""
    if not any(_succeeds(functools.partial(os.open, path, os.O_RDONLY)) for path in paths):
        raise PermissionError


def _connect(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(address)


def _fail() -> None:
    raise PermissionError


def _not_ours(process: int) -> int:
    """The number, if it can be the judge's; in namespaces of our own, where numbers are small, it may be our own."""
    if process in (os.getpid(), os.getppid()):
        raise ProcessLookupError
    return process


def _can_gain_privileges() -> None:
    with open("/proc/self/status") as status:
        if any(line.split() == ["NoNewPrivs:", "1"] for line in status):
            raise PermissionError


def _leave_daemon() -> None:
    """A process in a session of its own, which keeps the judge's descriptor open for as long as it lives."""
    with contextlib.suppress(OSError):
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(DAEMON_SECONDS)
            os._exit(0)
        os.waitpid(child, 0)  # before that, it may not have hidden yet
