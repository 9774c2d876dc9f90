"""Standstill: has every thread of a meeting's processes fallen asleep, and what does each wait for?

Two samples, one after the other, in which all sleep and none has been scheduled in between: for a moment all were
asleep at once, and nothing but a timer or somebody outside will wake them. That is exact however busy the machine is: a
thread that only waits for a processor is in state R. Threads in a sleep or a wait with a limit count as asleep, though
they will go on by themselves, so no verdict may rest on a standstill alone: it is a good moment to let a call go on,
and to look around.
"""

import ctypes
import os
import platform
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from course.judge import processes

# The system call that a blocking `socket.recv` is, by machine (Linux's tables of system calls).
RECVFROM = {"x86_64": "45", "aarch64": "207"}.get(platform.machine(), "none")
CLOCK_NANOSLEEP = {"x86_64": "230", "aarch64": "115"}.get(platform.machine(), "none")
PIDFD_GETFD = 438  # on every machine
# A process that has taken so much processor time since a call came is not on its way to sleep any more.
BUSY_SECONDS = 0.25


class Thread(NamedTuple):
    """A thread of a process: its state (R, S, ...), how often it was scheduled, its system call, as /proc tells it.

    `calls` is the number of the system call and its first argument, () where that cannot be seen.
    """

    process: int
    number: int
    state: str
    switches: tuple[str, ...]
    calls: tuple[str, ...]

    @property
    def is_first(self) -> bool:
        """True for the thread with which its process began."""
        return self.number == self.process

    @property
    def sleeps(self) -> bool:
        """True when it is in `time.sleep`."""
        return self.calls[:1] == (CLOCK_NANOSLEEP,)


class Standstill:
    """Samples of some processes, one after the other."""

    def __init__(self) -> None:
        self.threads: tuple[Thread, ...] = ()
        self._cpu: float | None = None

    def begin(self) -> None:
        """Forget the last sample: something has come that may wake a thread."""
        self.threads = ()
        self._cpu = None

    def has_come(self, members: Callable[[], Iterable[int]]) -> bool:
        """Take a sample of the processes that there are; True when all sleep, or have been stopped, at once.

        That is found out by a second sample, taken now: who wakes up again and again would else do so until then.
        """
        self.threads = tuple(threads(members()))
        return all(thread.state in "SIT" for thread in self.threads) and self.threads == tuple(threads(members()))

    def is_hopeless(self, of: Iterable[int]) -> bool:
        """True when the processes have computed for so long that they will not fall asleep."""
        taken = sum(found.cpu for each in of if (found := processes.stat(each)))
        self._cpu = taken if self._cpu is None else self._cpu
        return taken - self._cpu > BUSY_SECONDS


def threads(of: Iterable[int]) -> Iterator[Thread]:
    """The threads of these processes that have not ended; none where they cannot be seen."""
    for process in of:
        try:
            numbers = os.listdir(f"/proc/{process}/task")
        except OSError:
            continue
        for number in numbers:
            try:
                found = _thread(process, int(number))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            if found.state not in "ZX":
                yield found


def _thread(process: int, number: int) -> Thread:
    with open(f"/proc/{process}/task/{number}/status") as status:
        lines = [line.split() for line in status]
    state = next(line[1] for line in lines if line[0] == "State:")
    switches = tuple(line[1] for line in lines if line[0].endswith("ctxt_switches:"))
    try:
        with open(f"/proc/{process}/task/{number}/syscall") as syscall:
            calls = tuple(syscall.read().split()[:2])
    except PermissionError:
        calls = ()
    return Thread(process, number, state, switches, calls)


def hears(thread: Thread, address: str) -> int | None:
    """The socket at which this thread waits for the judge, by its inode; 0: at none; None: nobody can tell."""
    if not thread.calls or RECVFROM == "none":
        return None
    if thread.calls[0] != RECVFROM:
        return 0
    try:
        copy = _copy_of_descriptor(thread.process, int(thread.calls[1], 16))
    except OSError:
        return None
    try:
        with socket.socket(fileno=os.dup(copy)) as connection:
            return os.fstat(copy).st_ino if connection.getpeername() == address else 0
    except OSError:
        return 0
    finally:
        os.close(copy)


def _copy_of_descriptor(process: int, number: int) -> int:
    """Another process's descriptor, as one of ours (pidfd_getfd(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(process)
    try:
        copied: int = libc.syscall(PIDFD_GETFD, pidfd, number, 0)
    finally:
        os.close(pidfd)
    if copied < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return copied
