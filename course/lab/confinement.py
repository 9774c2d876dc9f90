"""Confinement: what a worker gives up before any code of the student's runs.

Each layer stands on its own and is used where the machine has it: limits everywhere; another user, no capabilities, no
new privileges, Landlock (files, signals) and seccomp (system calls) on Linux. The namespaces come from outside: from
the judge's bubblewrap, and from `warden`. A layer that is asked for and fails ends the case: it is never left out.
"""

import _thread
import os
import resource
import signal
import sys
from typing import Any

from course.lab import kernel

if sys.platform == "linux":
    import landlockpy

    try:
        import pyseccomp
    except RuntimeError:  # libseccomp is not installed
        pyseccomp = None

CPU_SECONDS = 30
FILE_BYTES = 64 << 20
ADDRESS_SPACE = 6 << 30
STACK_BYTES = 1 << 20
OPEN_FILES = 512
TASKS = 1_000

DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/shm", "/dev/urandom", "/dev/zero")  # noqa: S108

# System calls that no exercise needs: other namespaces, other processes' memory, keys, memory that no process is seen
# to have (memfd, System V), and corners of the kernel where many of its errors were found.
FORBIDDEN_CALLS = (
    "acct", "add_key", "bpf", "delete_module", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load",
    "keyctl", "lookup_dcookie", "memfd_create", "memfd_secret", "mknod", "mknodat", "mount", "mount_setattr",
    "move_mount", "msgget", "name_to_handle_at", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open",
    "pidfd_getfd", "pivot_root", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace", "quotactl",
    "reboot", "request_key", "semget", "setdomainname", "setns", "sethostname", "settimeofday", "shmget", "swapoff",
    "swapon", "syslog", "umount", "umount2", "unshare", "userfaultfd", "vhangup",
)  # fmt: skip


def layers() -> list[str]:
    """Which of the layers this machine has: "landlock", "seccomp"."""
    found = []
    if sys.platform == "linux":
        if landlockpy.abi_version() > 0:
            found.append("landlock")
        if pyseccomp is not None:
            found.append("seccomp")
    return found


def confine(jail: dict[str, Any]) -> None:
    """Give up everything that `jail` says."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # open as long as the process lives
    _thread.stack_size(STACK_BYTES)
    os.chdir(jail["folder"])
    _limit("tasks" in jail["layers"])
    if sys.platform == "linux":
        _leave_privileges(jail["user"])
        if "landlock" in jail["layers"]:
            _restrict_files(jail)
        if "seccomp" in jail["layers"]:
            _forbid_calls()


def _limit(tasks: bool) -> None:
    """Limits that end a runaway worker even if nobody watches it."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the address space of an idle process may already be larger
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        if tasks:  # it counts all processes of the user, so that only a user of the case's own can have it
            resource.setrlimit(resource.RLIMIT_NPROC, (TASKS, TASKS))


def _leave_privileges(user: int | None) -> None:
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    kernel.drop_capabilities()
    kernel.gain_nothing()
    kernel.die_with_parent()
    kernel.set_dumpable(dumpable=True)  # the judge samples what its threads wait for


def _restrict_files(jail: dict[str, Any]) -> None:
    access, scope = landlockpy.AccessFS, landlockpy.Scope
    everything = landlockpy.fs_for_abi(landlockpy.abi_version())
    of_files = access.READ_FILE | access.EXECUTE
    writing = access.READ_FILE | access.WRITE_FILE | access.TRUNCATE | access.IOCTL_DEV
    with landlockpy.Ruleset(
        handled_fs=everything, handled_net=landlockpy.AccessNet.NONE, scoped=scope.SIGNAL | scope.ABSTRACT_UNIX_SOCKET
    ) as rules:
        for path in filter(os.path.exists, jail["readable"]):
            rules.allow_path(path, of_files | access.READ_DIR if os.path.isdir(path) else of_files)
        if os.path.exists("/proc"):
            rules.allow_path("/proc", access.READ_DIR)
        rules.allow_path(jail["meetings"], of_files | access.RESOLVE_UNIX)
        for path in filter(os.path.exists, (jail["folder"], *DEVICES)):
            rules.allow_path(path, everything if os.path.isdir(path) else writing)
        rules.restrict()


def _forbid_calls() -> None:
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refusal = pyseccomp.ERRNO(1)  # EPERM
    for name in FORBIDDEN_CALLS:
        try:
            rules.add_rule(refusal, name)
        except OSError:
            continue  # this machine, or this version of the library, does not know the call
    new_users = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, kernel.NEW_USERS, kernel.NEW_USERS)
    rules.add_rule(refusal, "clone", new_users)
    rules.add_rule(pyseccomp.ERRNO(38), "clone3")  # ENOSYS: its flags are behind a pointer; libc uses clone instead
    rules.load()
