"""Isolation: what student code cannot do on this machine, found out by trying.

A canary, which is our own code, tries in a worker of its own what an attacker would try. A level is what was verified,
never what should follow from a version.
"""

import contextlib
import ctypes
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from course.language import Sentence, said_together, say
from course.lessons import ROOT
from course.temporary import short_folder

Level = Literal["basic", "guarded", "strong"]
LEVELS: tuple[Level, ...] = ("basic", "guarded", "strong")

# What a case could do, and how a report names that it could.
OPEN = {
    "read": say("reads your files"),
    "write": say("writes your files"),
    "memory": say("reads the grader's memory"),
    "signal": say("sends signals to the grader"),
    "survivors": say("leaves processes behind"),
    "privileges": say("may use sudo"),
    "users": say("makes user namespaces"),
    "sockets": say("connects to sockets of this machine"),
    "shared": say("reads shared memory of this machine"),
    "network": say("connects to the network"),
}
SHARED = "/dev/shm"  # noqa: S108  # Linux's shared memory
# What a case may still be able to do on the level "guarded".
OPEN_ON_GUARDED = frozenset({"users", "sockets", "shared", "network"})


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """What workers are confined with (`layers`), and what they can do all the same (`holes`)."""

    layers: tuple[str, ...]
    holes: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The level that is named in reports and asked for with `--require-isolation`."""
        if not self.holes:
            return "strong"
        return "guarded" if OPEN_ON_GUARDED.issuperset(self.holes) else "basic"

    @property
    def said(self) -> Sentence:
        """The level, its layers, and what is open, as reports show it."""
        layers, holes = said_together(self.layers, ", "), said_together([OPEN[hole] for hole in self.holes], ", ")
        if not self.holes:
            return say("{level}: {layers}", level=self.level, layers=layers)
        return say("{level}: {layers}; open: student code {holes}", level=self.level, layers=layers, holes=holes)

    def __str__(self) -> str:
        return self.said

    def refusal(self, wanted: Level) -> Sentence:
        """Why nothing is graded here when at least `wanted` is asked for, and what to do."""
        return say(
            "Nothing was graded: isolation {wanted} is required, and this machine offers {level}, where student code "
            "{holes}. On Linux install bubblewrap (and libseccomp2), and run as root, with sudo without a password, or "
            "where user namespaces are allowed.",
            wanted=wanted,
            level=self.level,
            holes=said_together([OPEN[hole] for hole in self.holes], ", "),
        )

    def reaches(self, level: Level) -> bool:
        """True when this is at least `level`."""
        return LEVELS.index(self.level) >= LEVELS.index(level)


def layers_of(*, namespaces: bool, other_user: bool, kernel: list[str], memory: str) -> tuple[str, ...]:
    """The layers that are in use, in the words of the report."""
    return (
        *([say("namespaces"), say("no network")] if namespaces else []),
        *([say("other user")] if other_user else []),
        *(name for name in ("Landlock", "seccomp") if name.lower() in kernel),
        *([say("memory {memory}", memory=memory)] if memory else []),
        say("limits"),
    )


@contextlib.contextmanager
def bait() -> Iterator[dict[str, Any]]:
    """Things that a case must not reach: files that are open to every user, a port, a socket, and the judge itself."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="course-", dir=short_folder()))
        secret, everybodys, address = (os.path.join(folder, name) for name in ("secret", "open", "socket"))
        with open(secret, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(16))
        os.mkdir(everybodys)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind(address)
        local.listen(8)
        # As graders and submissions usually are: whoever may pass through the folders above may read them.
        for path, mode in ((folder, 0o711), (secret, 0o644), (everybodys, 0o777), (address, 0o666)):
            os.chmod(path, mode)
        yield {
            "secret": secret,
            "open": everybodys,
            "grader": str(ROOT / "graders" / "pytest.ini"),
            "shared": stack.enter_context(_shared()),
            "port": listener.getsockname()[1],
            "socket": address,
            "judge": os.getpid(),
        }


@contextlib.contextmanager
def _shared() -> Iterator[str]:
    """A file in the machine's shared memory, which others may read; the empty text where there is none."""
    if not os.access(SHARED, os.W_OK):
        yield ""
        return
    with tempfile.NamedTemporaryFile(prefix="course-", dir=SHARED) as file:
        os.chmod(file.name, 0o644)
        yield file.name


def undumpable() -> None:
    """Have nobody of the same user read this process's memory from now on (prctl(2), PR_SET_DUMPABLE)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
