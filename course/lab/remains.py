"""What a case leaves behind where it has no namespaces of its own: its processes are found and ended one by one."""

import contextlib
import os
import signal
import sys


def end_all(worker: int) -> int:
    """End the worker and all its descendants; the worker's exit status, negative when a signal ended it.

    The caller must have adopted orphans, so that whoever hides in a session of its own becomes its child.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    if sys.platform == "linux":
        _end_descendants()
    return os.waitstatus_to_exitcode(status)


def _end_descendants() -> None:
    """Stop them all, so that none can fork while it is looked for, then kill; again until nobody is left."""
    while left := _descendants(os.getpid()):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _descendants(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f"/proc/{process}/stat") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents.setdefault(int(parent), []).append(process)
    found, new = [], [root]
    while new:
        new = [child for parent in new for child in parents.get(parent, [])]
        found += new
    return found
