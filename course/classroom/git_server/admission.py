"""Admission: what git starts before it takes a push in. It refuses what is too large, and nothing else.

What came is in a folder apart until then (git-receive-pack(1), "Quarantine environment"), which git removes when the
push is refused. The student's clone keeps everything, and other repositories are not touched. Only the exit code
`REFUSED` refuses: no fault of ours keeps a push from being stored.
"""

import contextlib
import math
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from course.classroom.git_server.git import NOTHING
from course.classroom.git_server.server import ServerError, Terms, open_server
from course.language import speaking
from course.settings import settings

QUARANTINES = ("tmp_objdir-", "incoming-")  # how the names of such folders begin
PER_REF = 8 << 10  # bytes of a branch or a tag: a block for itself, and one for its log
BLOCK = 512  # bytes, the unit of `st_blocks`
MIB = 1 << 20
ADMITTED, REFUSED = 0, 3  # 1 and 2 are Python's own, when it cannot go on


class Refusal(NamedTuple):
    """Why a push is refused: a sentence of `words.toml`, the size that it would take, and the most, in MiB."""

    sentence: str
    size: float
    most: int


def main(arguments: list[str], lines: Iterable[bytes], environment: Mapping[str, str], out: BinaryIO) -> int:
    """Admit a push or refuse it: the folder of the server, the student, and what git says is to be updated."""
    folder, student = Path(arguments[0]), arguments[1]
    try:
        terms = open_server(folder).terms
    except ServerError:  # not for this user to read: the hook that grades says so
        terms = Terms()
    refs = sum(line.split(b" ")[1] != NOTHING.encode() for line in lines)
    incoming = environment.get("GIT_QUARANTINE_PATH")
    refused = refusal(folder / f"{student}.git", Path(incoming) if incoming else None, refs, terms)
    if refused is None:
        return ADMITTED
    from course.classroom.git_server.telling import Teller  # few pushes need it

    with speaking(terms.language or settings().language(environment)):
        Teller(out).say(refused.sentence, size=refused.size, most=refused.most)
    return REFUSED


def refusal(repository: Path, incoming: Path | None, refs: int, terms: Terms) -> Refusal | None:
    """Why a push is refused, if it is: `incoming` is the folder with what it brings, `refs` how many it moves."""
    brings = (_size(incoming) if incoming else 0) + refs * PER_REF
    if brings > terms.push_mib * MIB:
        return Refusal("too_large", _mib(brings), terms.push_mib)
    takes = _size(repository) + brings
    if refs and takes > terms.repository_mib * MIB:
        return Refusal("full", _mib(takes), terms.repository_mib)
    return None


def _mib(size: int) -> float:
    """The size in MiB, rounded up, so that it is never shown as what is allowed."""
    return math.ceil(size / MIB * 10) / 10


def _size(folder: Path) -> int:
    """The bytes that a folder takes on the disk, without the quarantines in it."""
    size = 0
    for above, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(QUARANTINES)]
        for name in files:
            with contextlib.suppress(FileNotFoundError):  # git's housekeeping, or another push
                size += os.lstat(os.path.join(above, name)).st_blocks * BLOCK
    return size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer, os.environ, sys.stdout.buffer))
