"""What a case leaves behind where it has no namespaces: processes are ended, and files removed, one by one."""

import contextlib
import os
import shutil
import signal
import sys

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
    for above, folders, _ in os.walk(folder):  # folders that nobody may enter are opened on the way down
        for name in folders:
            path = os.path.join(above, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    _remove_all(list(os.scandir(folder)))
    if user is not None and os.path.isdir(SHARED_MEMORY):
        _remove_all([entry for entry in os.scandir(SHARED_MEMORY) if entry.stat(follow_symlinks=False).st_uid == user])


def _remove_all(entries: list[os.DirEntry[str]]) -> None:
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
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
