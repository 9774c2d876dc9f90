"""The processes of a case, as the judge sees them from outside: which there are, their threads, their memory.

All is read from /proc (proc(5)). Where there is none, no processes are seen.
"""

import contextlib
import os
import signal
from collections import defaultdict
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100  # a second


class Stat(NamedTuple):
    """What /proc/PID/stat says: the state (R, S, Z, ...), the parent, the number of threads, resident bytes.

    `cpu` is the processor time in seconds of the process and of those children of it that have ended. `image` tells
    programs apart: it is the same for a process and those that it forks, and "" where it cannot be seen.
    """

    state: str
    parent: int
    threads: int
    resident: int
    cpu: float
    image: str


def stat(process: int) -> Stat | None:
    """The process as it is now; None when it has gone."""
    found = _read(f"/proc/{process}/stat")
    if found is not None and found.state == "Z" and found.threads > 1:
        return _of_its_threads(process, found)
    return found


def _read(path: str) -> Stat | None:
    try:
        with open(path) as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    cpu = sum(map(int, fields[11:15])) / TICKS
    start, stack = fields[23], fields[25]  # the kernel draws them anew for each program that is started
    image = "" if stack == "0" else f"{start}:{stack}"
    return Stat(fields[0], int(fields[1]), int(fields[17]), int(fields[21]) * PAGE, cpu, image)


def _of_its_threads(process: int, found: Stat) -> Stat:
    """A process whose first thread has ended, and others have not: they still have its memory."""
    for thread in _threads(process):
        living = _read(f"/proc/{process}/task/{thread}/stat")
        if living is not None and living.state not in "ZX":
            return living._replace(cpu=found.cpu)
    return found


def _threads(process: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{process}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []


def number_of(descriptor: int) -> int:
    """The process id, as it is here, of whom a process descriptor (pidfd_open(2)) stands for; -1: it has gone."""
    with open(f"/proc/self/fdinfo/{descriptor}") as info:
        return next((int(line.split()[1]) for line in info if line.startswith("Pid:")), -1)


def descendants(root: int, *, ended: bool = False) -> dict[int, Stat]:
    """All living processes that descend from `root`; those that have `ended`, and that nobody has waited for, too."""
    if not os.path.isdir("/proc/self/task"):
        return {}
    children = _children if LISTED and _threads(root) else _all_children().__getitem__
    living: dict[int, Stat] = {}
    waiting = [root]
    while waiting:
        for process in children(waiting.pop()):
            found = stat(process)
            if found is not None:
                waiting.append(process)
                if ended or found.state != "Z":
                    living[process] = found
    return living


# Most kernels list the children of each thread (proc(5)). Where they do not, or `root` hides (a /proc mounted with
# hidepid), all processes of the machine are asked for their parents: 25 ms when there are 500.
LISTED = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def kill(process: int, *, below: int) -> bool:
    """End a living descendant of `below`, whoever that number belongs to by then; False where that cannot be done."""
    try:
        descriptor = os.pidfd_open(process)
    except (AttributeError, OSError):  # there is no such thing here, or it has gone
        return False
    try:
        if process not in descendants(below):  # asked now: as long as the descriptor's process lives, it has the number
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _children(process: int) -> list[int]:
    found: list[int] = []
    for thread in _threads(process):
        with (
            contextlib.suppress(FileNotFoundError, ProcessLookupError),
            open(f"/proc/{process}/task/{thread}/children") as children,
        ):
            found += map(int, children.read().split())
    return found


def _all_children() -> defaultdict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        found = stat(process)
        if found is not None:
            children[found.parent].append(process)
    return children
