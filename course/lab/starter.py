"""The starter: a small process with everything imported, which starts one worker per case.

It is started by the judge with a socket as its standard input, and stays single-threaded. Over that socket it says
which layers of confinement this machine has, once. Then, for each case, it receives a request (with the descriptor for
the results), starts a worker, and answers with its process id, and with a descriptor of the process where there are
such. When the judge has all it wants, it sends a byte; then the starter sees to it that nothing of the case is left
alive, and answers with the worker's exit status.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from course.lab import confinement, kernel, remains, warden
from course.lab.holders import real_holders
from course.lab.worker import run_case
from course.lab.world import REAL, read_code

PRELOADED = (
    "_strptime", "_threading_local", "asyncio", "collections", "concurrent.futures.process",
    "concurrent.futures.thread", "contextlib", "contextvars", "dataclasses", "datetime", "enum", "functools", "heapq",
    "itertools", "logging", "math", "multiprocessing.pool", "multiprocessing.managers", "operator", "pathlib", "pickle",
    "queue", "random", "re", "shutil", "signal", "sched", "statistics", "string", "tempfile", "textwrap", "traceback",
    "types", "typing", "weakref",
)  # fmt: skip
STATUS = struct.Struct(">i")


def receive(control: socket.socket) -> tuple[dict[str, Any], int] | None:
    """The next request and the descriptor that came with it; None when the judge has closed the connection."""
    header, descriptors, _, _ = socket.recv_fds(control, 4, 1)
    if len(header) < 4 or not descriptors:
        return None
    (length,) = struct.unpack(">I", header)
    body = bytearray()
    while len(body) < length:
        part = control.recv(length - len(body))
        if not part:
            return None
        body += part
    return json.loads(body), descriptors[0]


def serve(control: socket.socket) -> None:
    """Start a worker for each request until the judge closes the connection."""
    while (received := receive(control)) is not None:
        request, descriptor = received

        def work(request: dict[str, Any] = request, descriptor: int = descriptor) -> None:
            _close_all_but(descriptor)
            run_case(request, descriptor)

        run = _run_guarded if request["jail"]["namespaces"] else _run
        wanted = run(request["jail"], work, control, descriptor)
        if not wanted:
            return


def _close_all_but(descriptor: int) -> None:
    os.closerange(0, descriptor)
    os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX"))


def _run(jail: dict[str, Any], work: Callable[[], None], control: socket.socket, descriptor: int) -> bool:
    """One case whose processes are our own descendants; whether the judge wants more."""
    worker = os.fork()
    if worker == 0:
        work()
    os.close(descriptor)
    if hasattr(os, "pidfd_open"):
        process = os.pidfd_open(worker)
        socket.send_fds(control, [STATUS.pack(worker)], [process])
        os.close(process)
    else:
        control.sendall(STATUS.pack(worker))
    wanted = control.recv(1)
    status = remains.end_all(worker)
    remains.remove_files(jail["folder"], jail["user"])
    if wanted:
        control.sendall(STATUS.pack(status))
    return bool(wanted)


def _run_guarded(jail: dict[str, Any], work: Callable[[], None], control: socket.socket, descriptor: int) -> bool:
    """One case in namespaces of its own; whether the judge wants more."""
    ours, theirs = socket.socketpair()
    guard = warden.start(jail, work, ours, theirs)
    theirs.close()
    os.close(descriptor)
    with ours:
        _, processes, _, _ = socket.recv_fds(ours, 1, 1)
        socket.send_fds(control, [STATUS.pack(1 if processes else 0)], processes)  # 0: it could not be started
        wanted = control.recv(1)
        has_ended = bool(select.select(processes, [], [], 0)[0]) if processes else False
        status = ours.recv(STATUS.size) if has_ended else warden.KILLED
        for process in processes:
            os.close(process)
        os.kill(guard, signal.SIGKILL)
        os.waitpid(guard, 0)  # comes back when all of the case's processes are gone
    if wanted:
        control.sendall(status)
    return bool(wanted)


def main() -> None:
    """Import what workers need, then serve."""
    control = socket.socket(fileno=os.dup(0))
    os.set_inheritable(control.fileno(), False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if sys.platform == "linux":
        kernel.set_dumpable(dumpable=False)
        kernel.adopt_orphans()
    for name in PRELOADED:
        importlib.import_module(name)
    read_code()
    real_holders(REAL)
    gc.collect()
    gc.freeze()
    layers = json.dumps(confinement.layers()).encode()
    with contextlib.suppress(ConnectionError):  # the judge has gone: there is nobody to tell
        control.sendall(struct.pack(">I", len(layers)) + layers)
        serve(control)
