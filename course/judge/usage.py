"""Usage: what a process and its descendants have computed and carried so far, as the kernel counts it (proc(5)).

Two moments of one case are compared: what lies between them is what a call has taken, whoever tells of it.
"""

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from course.judge import processes
from course.judge.processes import TICKS


class Usage(NamedTuple):
    """Processor time of one process alone, in seconds; bytes that it and its descendants have read and written.

    Descendants that have ended count, too, once somebody has waited for them. Bytes are those of read(2), write(2) and
    their like, pipes included; -1 where the kernel does not tell.
    """

    alone: float
    read: int
    written: int


def usage_of(process: int) -> Usage | None:
    """The usage of `process` up to now; None where it cannot be seen."""
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    alone = sum(map(int, fields[11:13])) / TICKS
    carried = [_carried(each) for each in (process, *processes.descendants(process, ended=True))]
    seen = [each for each in carried if each is not None]
    if not seen or len(seen) < len(carried):
        return Usage(alone, -1, -1)
    return Usage(alone, sum(read for read, _ in seen), sum(written for _, written in seen))


def _carried(process: int) -> tuple[int, int] | None:
    try:
        with open(f"/proc/{process}/io") as file:
            counts = dict(line.split(": ") for line in file)
    except (FileNotFoundError, ProcessLookupError):
        # It has gone, and its parent has its bytes; or there is no such file here.
        return (0, 0) if os.path.exists("/proc/self/io") else None
    except PermissionError:
        return None
    return int(counts["rchar"]), int(counts["wchar"])


def seconds_of(work: Callable[[], object]) -> float:
    """The processor time that this thread needs for `work`, in seconds; waiting for a processor is not part of it."""
    began = time.thread_time()
    work()
    return time.thread_time() - began
