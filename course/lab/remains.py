"""What a case leaves behind where it has no namespaces: processes are ended, and files removed, one by one."""

import contextlib
import itertools
import os
import secrets
import signal
import sys
from collections.abc import Iterator

SHARED_MEMORY = "/dev/shm"  # noqa: S108  # what of it is the case's own is removed


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


def remove_files(folder: str, user: int | None) -> None:
    """Empty the case's folder; and, if the case had a user of its own, remove that user's shared memory.

    Its processes must have ended: nobody may put links there meanwhile.
    """
    with contextlib.suppress(OSError):  # what cannot be removed stays: the next case is not to suffer for it
        _empty(folder)
    if user is not None and os.path.isdir(SHARED_MEMORY):
        for entry in list(os.scandir(SHARED_MEMORY)):
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == user and not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                elif entry.stat(follow_symlinks=False).st_uid == user:
                    _empty(entry.path)
                    os.rmdir(entry.path)


def _empty(folder: str) -> None:
    """Remove all that is in a folder, however deep: what lies in its folders is moved up, level by level.

    A tree may be deeper than functions can be called, files be open, or paths be long.
    """
    names = (os.path.join(folder, f"{secrets.token_hex(8)}-{number}") for number in itertools.count())
    while inside := list(os.scandir(folder)):
        for entry in inside:
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                _move_up(entry.path, names)
                os.rmdir(entry.path)
            else:
                os.unlink(entry.path)


def _move_up(folder: str, names: Iterator[str]) -> None:
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            os.chmod(entry.path, 0o700)  # else it cannot be moved
            os.rename(entry.path, next(names))
        else:
            os.unlink(entry.path)


def _end_descendants() -> None:
    """Stop them all, so that none can fork while it is looked for, then kill; again until nobody is left.

    All of them are our children, or descend from such: when we have no child, there is nobody.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            left = {*_descendants(os.getpid()), *_children()}
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for process in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, number)


def _children() -> list[int]:
    """Our own children, also those that hide from us (a /proc with hidepid, and PR_SET_DUMPABLE); [] if nobody says."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as children:  # the starter has one thread
            return [int(child) for child in children.read().split()]
    except FileNotFoundError:
        return []


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
