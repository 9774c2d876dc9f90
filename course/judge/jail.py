"""Jails: how starters are shut in on this machine, strongest first.

A jail says which command starts the starter, and what each worker gives up. What it is worth is found out by trying
(`isolation`), not from versions.
"""

import functools
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from course.lessons import ROOT

LAB = Path(__file__).parent.parent / "lab"
# Where a jailed case finds its own folder, and the judge's meetings.
FOLDER = "/run/case"
MEETINGS = "/run/meetings"
# Users of no name, some for each judge: a case's processes are counted by user, and can touch nobody else's.
FIRST_USER = 1 << 30
USERS_PER_JUDGE = 64

OF_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin")
OF_ETC = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
# Of /proc (whose names can be listed): a process's memory and its map are not among them, for they hold the number of
# the case. Of processes, the worker itself is meant; its children read even less.
OF_PROC = (
    "/proc/cpuinfo", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/sys", "/proc/uptime", "/proc/version",
    "/proc/self/cmdline", "/proc/self/limits", "/proc/self/stat", "/proc/self/statm", "/proc/self/status",
)  # fmt: skip
# Of the repository, wherever it lies.
HIDDEN = ("graders", "solutions")
# The starter needs these to shut workers in; workers keep none.
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL")


@dataclass(frozen=True, kw_only=True)
class Jail:
    """How starters are shut in: the command before Python's, and whether it makes namespaces; `root`: it is root's."""

    command: tuple[str, ...] = ()
    namespaces: bool = False
    root: bool = False

    def user(self, slot: int) -> int | None:
        """The user that workers of the starter number `slot` become; None: they stay who they are."""
        if not self.root or not _is_open_to_others(above=not self.namespaces):
            return None
        return FIRST_USER + os.getpid() * USERS_PER_JUDGE + slot


def jails() -> list[Jail]:
    """The jails that can be started here, the strongest first; the last one always can."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    plain = Jail(root=root)
    bubblewrap = shutil.which("bwrap", path=os.defpath) if sys.platform == "linux" else None
    if bubblewrap is None:
        return [plain]
    if root:
        return [*_works(Jail(command=(bubblewrap,), namespaces=True, root=True)), plain]
    own = Jail(command=(bubblewrap, "--unshare-user"), namespaces=True)
    sudo = shutil.which("sudo", path=os.defpath)
    lent = [Jail(command=(sudo, "-n", bubblewrap), namespaces=True, root=True)] if sudo else []
    return [*(_works(own) or [each for jail in lent for each in _works(jail)]), plain]


def _works(jail: Jail) -> list[Jail]:
    """The jail, if its namespaces can be made here."""
    done = subprocess.run(
        [*jail.command, *NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return [jail] if done.returncode == 0 else []


NAMESPACES = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--die-with-parent", "--new-session")


def enter(jail: Jail, meetings: str, environment: dict[str, str]) -> list[str]:
    """The arguments that bubblewrap gets: nothing of the machine is there but what is named, read-only."""
    if not jail.namespaces:
        return []
    arguments = [*jail.command, *NAMESPACES, "--clearenv"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    for path in OF_SYSTEM:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        else:
            arguments += ["--ro-bind-try", path, path]
    places = (*OF_ETC, *of_python())
    for above in sorted({str(parent) for place in (*places, FOLDER) for parent in Path(place).parents} - {"/", "/usr"}):
        arguments += ["--dir", above]  # made by the way, they would be closed to other users
    for place in places:
        arguments += ["--ro-bind-try", place, place]
    for hidden in _hidden_in((*OF_SYSTEM, *places)):
        arguments += ["--tmpfs", hidden]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--dir", FOLDER]
    if not any(path.startswith("/tmp") for path in of_python()):  # noqa: S108  # the case's own
        arguments += ["--symlink", FOLDER, "/tmp"]  # noqa: S108
    arguments += ["--ro-bind", meetings, MEETINGS, "--chdir", "/", "--cap-drop", "ALL"]
    for capability in CAPABILITIES:
        arguments += ["--cap-add", capability]
    return [*arguments, "--remount-ro", "/", "--"]


def _hidden_in(places: tuple[str, ...]) -> list[str]:
    """What no case may read although it lies in one of these: the repository may be below /usr, or beside Python."""
    trees = [ROOT / name for name in HIDDEN]
    return [str(tree) for tree in trees if tree.is_dir() and any(tree.is_relative_to(place) for place in places)]


@functools.cache
def of_python() -> tuple[str, ...]:
    """Folders and files that a worker's Python reads: the interpreter, its packages, and of ours the lab alone."""
    prefixes = [os.path.realpath(sys.base_prefix), sys.base_prefix, sys.prefix]
    wanted = [*prefixes, *_packages(), str(LAB), str(LAB.parent / "__init__.py")]
    return tuple(path for path in dict.fromkeys(wanted) if not path.startswith("/usr/") or path.startswith(str(ROOT)))


def _packages() -> list[str]:
    """The packages that the lab uses, when they lie outside of Python's own folders."""
    found = []
    for name in ("freezegun", "msgspec", "dateutil", "six", "landlockpy", "pyseccomp"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        place = os.path.dirname(spec.origin) if spec.submodule_search_locations else spec.origin
        if not place.startswith((sys.prefix, sys.base_prefix)):
            found.append(place)
    return found


def _is_open_to_others(*, above: bool) -> bool:
    """May users without a name read Python and the lab, and with `above` get through to them?"""
    for path in (Path(sys.executable).resolve(), Path(os.__file__), LAB / "worker.py"):
        if not path.stat().st_mode & stat.S_IROTH:
            return False
        if above and not all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents):
            return False
    return True
