"""Quiescence: has a worker come to a standstill for good?

All threads of all its processes are asleep or stopped, and none has been scheduled for a while: nothing of it can make
progress any more. A thread that only waits for a processor is in state R, so a busy machine cannot cause this verdict.
A thread in `time.sleep` will wake up by itself and is not silent, unless that will be too late: the kernel tells until
when it sleeps. Where there is no /proc, the answer is always no, and the outermost time limit decides.
"""

import os
import platform
import struct
import time
from collections.abc import Iterable, Iterator

QUIET_SECONDS = 1.0
# Where it cannot be seen what a thread waits for (another user's), it may be asleep: silence must last longer than any
# sleep in a lesson.
QUIET_SECONDS_UNSEEN = 30.0
# The system call that `time.sleep` is, by machine (Linux's tables of system calls).
CLOCK_NANOSLEEP = {"x86_64": "230", "aarch64": "115"}.get(platform.machine(), "none")
# Its first two arguments when it sleeps until a time of `time.monotonic()`: CLOCK_MONOTONIC, TIMER_ABSTIME.
UNTIL_A_TIME = ["0x1", "0x1"]
TIMESPEC = struct.Struct("qq")  # seconds and nanoseconds, where pointers have 8 bytes


class Watch:
    """Looks at samples of a case's processes; ask `is_quiet` about every twentieth of a second.

    Who sleeps beyond `until`, a time of `time.monotonic()`, sleeps for ever.
    """

    def __init__(self, *, until: float = float("inf")) -> None:
        self._until = until
        self._last: dict[str, str] = {}
        self._since = time.monotonic()

    def is_quiet(self, processes: Iterable[int]) -> bool:
        """True when nothing of these has run for long enough."""
        sample = dict(_threads(processes, self._until))
        now = time.monotonic()
        if sample != self._last or not sample or "R" in sample.values():
            self._last = sample
            self._since = now
            return False
        return now - self._since >= (QUIET_SECONDS_UNSEEN if "?" in sample.values() else QUIET_SECONDS)


def _threads(processes: Iterable[int], until: float) -> Iterator[tuple[str, str]]:
    """For each thread: a key that changes whenever it was scheduled, and its state; "?" when that cannot be seen."""
    for process in processes:
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/stat") as stat:
                    state = stat.read().rpartition(")")[2].split()[0]
                if state in "ZX":
                    continue  # it has ended; others of its process have not
                with open(f"/proc/{process}/task/{thread}/status") as status:
                    switches = [line.split()[1] for line in status if "ctxt_switches" in line]
                yield f"{thread}:{':'.join(switches)}", _silence(process, thread, until) if state in "SIT" else "R"
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked


def _silence(process: int, thread: str, until: float) -> str:
    """How a thread that does not run is: "S" until somebody wakes it, "R" when it will wake up by itself in time."""
    try:
        with open(f"/proc/{process}/task/{thread}/syscall") as syscall:
            number, *arguments = syscall.read().split()
    except PermissionError:
        return "?"
    if number != CLOCK_NANOSLEEP:
        return "S"
    return "S" if arguments[:2] == UNTIL_A_TIME and _time_at(process, int(arguments[2], 16)) > until else "R"


def _time_at(process: int, address: int) -> float:
    """The `struct timespec` at an address of a process, in seconds; 0 where it cannot be read."""
    try:
        with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            seconds, nanoseconds = TIMESPEC.unpack(memory.read(TIMESPEC.size))
    except (OSError, struct.error, OverflowError):  # it has gone meanwhile, or hides
        return 0.0
    return float(seconds) + float(nanoseconds) / 1e9
