"""The few calls to the Linux kernel that Python does not offer. Elsewhere, none of them may be called.

All take effect in the calling process and its future children only. Sources: clone(2), mount(2), prctl(2), capset(2).
"""

import ctypes
import os
import platform
import signal
import sys

NEW_MOUNTS = 0x0002_0000
NEW_IPC = 0x0800_0000
NEW_USERS = 0x1000_0000
NEW_PROCESSES = 0x2000_0000

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 0x2, 0x4, 0x8, 0x4000, 0x4_0000
_CAPABILITY_VERSION_3 = 0x2008_0522
# The number of the system call `clone`, by machine.
_CLONE = {"x86_64": 56, "aarch64": 220}.get(platform.machine())

CAN_CLONE = sys.platform == "linux" and _CLONE is not None

# PyDLL keeps the GIL: a cloned process must not have to take it first.
_libc = ctypes.PyDLL(None, use_errno=True) if sys.platform == "linux" else None


def _call(name: str, *arguments: object) -> int:
    answer: int = getattr(_libc, name)(*arguments)
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return answer


def clone(namespaces: int) -> int:
    """Fork into new `namespaces`; 0 in the child. The caller must have one thread only.

    Python's own after-fork work is left out: the child may wait and fork, and should not do much else.
    """
    return _call("syscall", _CLONE, namespaces | signal.SIGCHLD, 0, 0, 0, 0)


def leave_users() -> None:
    """Enter a user namespace of one's own, which gives all capabilities inside it.

    Raises:
        OSError: it is forbidden here.
    """
    _call("unshare", NEW_USERS)


def keep_mounts_private() -> None:
    """Let no mount of this mount namespace reach another one."""
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)


def mount_memory(path: str, size: int) -> None:
    """Mount an empty file system of at most `size` bytes, kept in memory, that everybody may write to."""
    options = f"size={size},nr_inodes=16k,mode=1777".encode()
    _call("mount", b"tmpfs", path.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, options)


def mount_processes(path: str) -> None:
    """Mount the process file system of the current process namespace."""
    _call("mount", b"proc", path.encode(), b"proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, None)


def set_dumpable(*, dumpable: bool) -> None:
    """Whether processes of the same user may read this one's memory and environment."""
    _call("prctl", _PR_SET_DUMPABLE, int(dumpable), 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parents end."""
    _call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the process that has forked this one ends."""
    _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def gain_nothing() -> None:
    """No program started from here on can gain privileges (sudo and the like do not work)."""
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up all capabilities."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
