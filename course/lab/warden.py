"""The warden: process 1 of a case's own namespaces. When it ends, the kernel ends everything in them.

It stands between the starter and the worker, gives the worker file systems of its own, tells the starter which process
the worker is, and how that ended. It never runs code of the student's.
"""

import os
import signal
import socket
import struct
from collections.abc import Callable
from typing import Any

from course.lab import kernel

NAMESPACES = kernel.NEW_PROCESSES | kernel.NEW_MOUNTS | kernel.NEW_IPC
FOLDER_BYTES = 64 << 20
SHARED_BYTES = 64 << 20

KILLED = struct.pack(">i", -signal.SIGKILL)


def start(jail: dict[str, Any], work: Callable[[], None], ours: socket.socket, theirs: socket.socket) -> int:
    """Start `work` in a worker behind a warden of its own; the warden's process id.

    Through `ours` come a byte with the worker's process descriptor and, when it has ended, its exit status.
    """
    warden = kernel.clone(NAMESPACES)
    if warden == 0:
        try:
            ours.close()
            _guard(jail, work, theirs)
        finally:
            os._exit(0)
    return warden


def _guard(jail: dict[str, Any], work: Callable[[], None], starter: socket.socket) -> None:
    kernel.keep_mounts_private()
    kernel.mount_memory(jail["folder"], FOLDER_BYTES)
    kernel.mount_memory("/dev/shm", SHARED_BYTES)  # noqa: S108  # the case's own
    kernel.mount_processes("/proc")
    worker = os.fork()
    if worker == 0:
        starter.close()
        work()
    descriptor = os.pidfd_open(worker)
    socket.send_fds(starter, [b"+"], [descriptor])
    os.close(descriptor)
    while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)) is not None:
        if ended.si_pid == worker:
            status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
            starter.sendall(struct.pack(">i", status))
            signal.pause()  # until the starter ends the case: till then the worker keeps its number
        os.waitpid(ended.si_pid, 0)
