"""Quiescence: has a worker come to a standstill for good?

All threads of all processes of the worker's session are asleep or stopped, and none has been scheduled for a while:
nothing of it can make progress any more. A thread that only waits for a processor is in state R, so a busy machine
cannot cause this verdict. A thread in `time.sleep` will wake up by itself and is not silent. Where there is no /proc,
the answer is always no, and the outermost time limit decides.
"""

import os
import platform
import time
from collections.abc import Iterator

QUIET_SECONDS = 1.0
# The system call that `time.sleep` is, by machine (Linux's tables of system calls).
CLOCK_NANOSLEEP = {"x86_64": "230", "aarch64": "115"}.get(platform.machine(), "none")


class Watch:
    """Samples the session that `leader` leads; ask `is_quiet` about every tenth of a second."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._last: dict[str, str] = {}
        self._since = time.monotonic()

    def is_quiet(self, seconds: float = QUIET_SECONDS) -> bool:
        """True when nothing of the session has run during the last `seconds`."""
        sample = dict(_threads(self._leader))
        now = time.monotonic()
        if sample != self._last or not sample or any(state == "R" for state in sample.values()):
            self._last = sample
            self._since = now
            return False
        return now - self._since >= seconds


def _threads(leader: int) -> Iterator[tuple[str, str]]:
    """For each thread of the session: a key that changes whenever it was scheduled, and its state."""
    for process in _session(leader):
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/stat") as stat:
                    state = stat.read().rpartition(")")[2].split()[0]
                with open(f"/proc/{process}/task/{thread}/status") as status:
                    switches = [line.split()[1] for line in status if "ctxt_switches" in line]
                silent = state in "SIT" and not _in_timed_sleep(process, thread)
                yield f"{thread}:{':'.join(switches)}", "S" if silent else "R"
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked


def _in_timed_sleep(process: int, thread: str) -> bool:
    try:
        with open(f"/proc/{process}/task/{thread}/syscall") as syscall:
            return syscall.read().startswith(f"{CLOCK_NANOSLEEP} ")
    except PermissionError:
        return False


def _session(leader: int) -> list[int]:
    """The processes of the session (zombies do not count), or none where there is no /proc."""
    if not os.path.isdir("/proc/self/task"):
        return []
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _belongs(pid, leader)]


def _belongs(pid: int, leader: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            state, _, _, session = stat.read().rpartition(")")[2].split()[:4]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(session) == leader and state != "Z"
