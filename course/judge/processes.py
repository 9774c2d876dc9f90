"""The processes of a case, as the judge sees them from outside: which there are, their threads, their memory.

All is read from /proc (proc(5)). Where there is none, no processes are seen.
"""

import os
from collections.abc import Iterator
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
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    cpu = sum(map(int, fields[11:15])) / TICKS
    start, stack = fields[23], fields[25]  # the kernel draws them anew for each program that is started
    image = "" if stack == "0" else f"{start}:{stack}"
    return Stat(fields[0], int(fields[1]), int(fields[17]), int(fields[21]) * PAGE, cpu, image)


def number_of(descriptor: int) -> int:
    """The process id, as it is here, of whom a process descriptor (pidfd_open(2)) stands for; -1: it has gone."""
    with open(f"/proc/self/fdinfo/{descriptor}") as info:
        return next((int(line.split()[1]) for line in info if line.startswith("Pid:")), -1)


def descendants(root: int) -> dict[int, Stat]:
    """All living processes that descend from `root`."""
    if not os.path.isdir("/proc/self/task"):
        return {}
    children: dict[int, list[tuple[int, Stat]]] = {}
    for process, found in _all():
        children.setdefault(found.parent, []).append((process, found))
    living: dict[int, Stat] = {}
    waiting = [root]
    while waiting:
        for process, found in children.get(waiting.pop(), []):
            waiting.append(process)
            if found.state != "Z":
                living[process] = found
    return living


def _all() -> Iterator[tuple[int, Stat]]:
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        found = stat(process)
        if found is not None:
            yield process, found
