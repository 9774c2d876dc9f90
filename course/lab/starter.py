"""The starter: a small process with everything imported, which forks one worker per case.

It is started by the judge, talks to it over a socket on descriptor 3, and stays single-threaded. For each case it
receives a request (with the descriptor for the results), forks, answers with the worker's process id, waits until the
worker has ended, and answers with its exit status.
"""

import gc
import importlib
import json
import os
import socket
import struct
from typing import Any

from course.lab.holders import real_holders
from course.lab.worker import run_case
from course.lab.world import REAL, code_of

CONTROL = 3

FRESH_MODULES = (
    "threading", "queue", "sched", "_threading_local",
    "concurrent", "concurrent.futures", "concurrent.futures._base", "concurrent.futures.thread", "logging",
    "asyncio", "asyncio.base_events", "asyncio.base_futures", "asyncio.base_tasks", "asyncio.constants",
    "asyncio.coroutines", "asyncio.events", "asyncio.exceptions", "asyncio.format_helpers", "asyncio.futures",
    "asyncio.locks", "asyncio.log", "asyncio.mixins", "asyncio.protocols", "asyncio.queues", "asyncio.runners",
    "asyncio.sslproto", "asyncio.staggered", "asyncio.streams", "asyncio.subprocess", "asyncio.taskgroups",
    "asyncio.tasks", "asyncio.threads", "asyncio.timeouts", "asyncio.transports", "asyncio.trsock",
)  # fmt: skip
PRELOADED = (
    "_strptime", "asyncio", "collections", "concurrent.futures.process", "concurrent.futures.thread", "contextlib",
    "contextvars", "dataclasses", "datetime", "enum", "functools", "heapq", "itertools", "logging", "math",
    "multiprocessing.pool", "multiprocessing.managers", "operator", "pathlib", "pickle", "queue", "random", "re",
    "shutil", "signal", "sched", "statistics", "string", "tempfile", "textwrap", "traceback", "types", "typing",
    "weakref",
)  # fmt: skip


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
    """Fork a worker for each request until the judge closes the connection."""
    while (received := receive(control)) is not None:
        request, descriptor = received
        worker = os.fork()
        if worker == 0:
            control.close()
            run_case(request, descriptor)
        os.close(descriptor)
        control.sendall(struct.pack(">i", worker))
        _, status = os.waitpid(worker, 0)
        control.sendall(struct.pack(">i", os.waitstatus_to_exitcode(status)))


def main() -> None:
    """Import what workers need, then serve."""
    control = socket.socket(fileno=CONTROL)
    os.set_inheritable(CONTROL, False)
    for name in PRELOADED:
        importlib.import_module(name)
    for name in FRESH_MODULES:
        code_of(name)
    real_holders(REAL)
    gc.collect()
    gc.freeze()
    serve(control)


if __name__ == "__main__":
    main()
