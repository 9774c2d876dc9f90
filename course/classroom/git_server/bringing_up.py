"""Bringing up: make the students' repositories, or bring them up to date. Nothing of a student's is ever changed.

Each starts with the release for students as the first commit on main. A newer release goes to the branch `course`, from
where students merge it; main follows only where nobody has pushed anything yet.
"""

import contextlib
import shlex
import sys
import tempfile
import time
from pathlib import Path

from course.classroom.editions import classroom_edition
from course.classroom.git_server.admission import REFUSED
from course.classroom.git_server.git import NOTHING, GitError, git, resolve
from course.classroom.git_server.server import CONFIG, COURSE, MAIN, Server, ServerError, Terms, save, write_whole
from course.classroom.updating import update
from course.judge.bench import Bench
from course.judge.seeds import KeyProblem, read_key
from course.language import Language, tell
from course.lessons import ROOT, Lesson

RELEASED, NEXT = "refs/course/released", "refs/course/next"
# Where git itself ends a push, while it comes in. What is larger than the terms allow is refused below that in a clear
# sentence (admission.py), but only when all of it is there.
HARD_CEILING = 256 << 20
# Larger files are written to the disk as they come, instead of being held in memory.
HELD_IN_MEMORY = 1 << 20
SETTINGS = {
    "core.bigFileThreshold": str(HELD_IN_MEMORY),
    "core.hooksPath": "hooks",
    "core.logAllRefUpdates": "always",
    "gc.pruneExpire": "never",  # what a forced push has replaced stays
    "gc.reflogExpire": "never",
    "gc.reflogExpireUnreachable": "never",
    "receive.advertisePushOptions": "false",
    "receive.denyDeleteCurrent": "ignore",
    "receive.denyDeletes": "false",
    "receive.denyNonFastForwards": "false",
    "receive.maxInputSize": str(HARD_CEILING),
    "transfer.hideRefs": "refs/course",  # the server's own: neither seen nor pushed to
}
IDENTITY = "Course <course@localhost>"


def bring_up(server: Server, roster: list[str], files: dict[str, bytes]) -> list[str]:
    """Make the server with a repository for each student, or bring it up to date; what was done, in sentences.

    `files` are those of the release, by path.

    Raises:
        ServerError: the folder is no place for a server. Nothing was made.
    """
    check_place(server.folder)
    for folder in (server.folder, server.folder / "results", server.turns):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    save(server)
    known, moment = set(server.students), int(time.time())
    told = []
    for student in [*roster, *sorted(known - set(roster))]:
        repository = server.repository(student)
        if student in known:
            told += _brought_up_to_date(server, student, files, moment)
        else:
            with tempfile.TemporaryDirectory(prefix=".new-", dir=server.folder) as temporary:
                _make(server, student, Path(temporary) / "new", files, moment)
                (Path(temporary) / "new").rename(repository)
    new = [student for student in roster if student not in known]
    if new:
        told.insert(0, f"Made {len(new)} {'repository' if len(new) == 1 else 'repositories'}: {', '.join(new)}.")
    if roster:
        told += [f"{student} is not in the roster; {student}.git stays." for student in sorted(known - set(roster))]
    return told or ["Every repository is up to date."]


def check_place(folder: Path) -> None:
    """Make sure that a server may be in this folder.

    Raises:
        ServerError: it is in this repository, or holds something else.
    """
    if folder == ROOT or ROOT in folder.parents:
        raise ServerError(f"{folder} is in this repository, beside the graders. Name a folder elsewhere.")
    if folder.exists() and not folder.is_dir():
        raise ServerError(f"{folder} is a file. Name a folder.")
    if folder.is_dir() and not (folder / CONFIG).exists() and any(folder.iterdir()):
        raise ServerError(f"{folder} holds files, but no server of this course. Name a new or an empty folder.")


def check_terms(terms: Terms) -> None:
    """Make sure that pushes can be graded on these terms here.

    Raises:
        ServerError: the key cannot be used, or student code is less isolated on this machine.
    """
    if terms.key:
        try:
            read_key(Path(terms.key))
        except KeyProblem as problem:
            raise ServerError(str(problem)) from problem
    bench = Bench(width=1)
    try:
        offered = bench.isolation
    finally:
        bench.close()
    if not offered.reaches(terms.isolation):
        raise ServerError(
            f"{offered.refusal(terms.isolation)} To accept what this machine offers, add "
            f"`--require-isolation {offered.level}`."
        )


def release_files(lessons: list[Lesson], language: Language = "en") -> dict[str, bytes]:
    """The files that a class gets, as `course release --plain-git` writes them, by path.

    Raises:
        ReleaseError: there is no release.
    """
    with tempfile.TemporaryDirectory(prefix="course-") as temporary:
        folder = Path(temporary) / "release"
        update(folder, classroom_edition(ROOT, lessons, None, language))
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _make(server: Server, student: str, repository: Path, files: dict[str, bytes], moment: int) -> None:
    git(repository, "init", "--quiet", "--bare", "--template=", f"--initial-branch={MAIN}", str(repository))
    _set_up(server, student, repository)
    _commit(repository, files, moment, tell("The course's exercises"))


def _brought_up_to_date(server: Server, student: str, files: dict[str, bytes], moment: int) -> list[str]:
    repository = server.repository(student)
    _set_up(server, student, repository)
    if not _commit(repository, files, moment, tell("A newer release of the course's exercises")):
        return []
    released, main = resolve(repository, RELEASED), resolve(repository, f"refs/heads/{MAIN}")
    where = f"on {MAIN}" if main == released else f"on the branch {COURSE}: `git pull origin {COURSE}` merges it"
    return [f"{student}: the newest release is {where}."]


def _set_up(server: Server, student: str, repository: Path) -> None:
    """Set what git may do here, and the hooks."""
    for name, value in SETTINGS.items():
        git(repository, "config", name, value)
    (repository / "hooks").mkdir(exist_ok=True)
    for name, text in hooks(server.folder, student).items():
        script = f"#!/bin/sh\n# Written by `course serve-git`.\n{text}\n"
        write_whole(repository / "hooks" / name, script.encode(), 0o700)


def hooks(folder: Path, student: str) -> dict[str, str]:
    """What git starts in a student's repository before it takes a push in, and after it has stored it."""
    admit, grade = (
        shlex.join([sys.executable, "-I", "-m", f"course.classroom.git_server.{module}", str(folder), student])
        for module in ("admission", "hook")
    )
    return {"pre-receive": f"{admit} 2>/dev/null\ntest $? -ne {REFUSED}", "post-receive": f"exec {grade}"}


def _commit(repository: Path, files: dict[str, bytes], moment: int, message: str) -> bool:
    """Commit a release where it differs from the last one; True if it does."""
    last = resolve(repository, RELEASED)
    git(repository, "fast-import", "--quiet", "--force", stdin=_stream(files, moment, message, last))
    if last and resolve(repository, f"{NEXT}^{{tree}}") == resolve(repository, f"{last}^{{tree}}"):
        git(repository, "update-ref", "-d", NEXT)
        return False
    new = resolve(repository, NEXT)
    for ref in (f"refs/heads/{COURSE}", RELEASED):
        git(repository, "update-ref", "-m", message, ref, new)
    with contextlib.suppress(GitError):  # somebody has pushed, maybe this very moment
        git(repository, "update-ref", "-m", message, f"refs/heads/{MAIN}", new, last or NOTHING)
    git(repository, "update-ref", "-d", NEXT)
    return True


def _stream(files: dict[str, bytes], moment: int, message: str, parent: str) -> bytes:
    """A commit with exactly these files, as git's fast-import reads it."""
    parts = [f"commit {NEXT}\ncommitter {IDENTITY} {moment} +0000\n".encode(), _data(message.encode())]
    if parent:
        parts.append(f"from {parent}\n".encode())
    parts.append(b"deleteall\n")
    for path, content in files.items():
        parts += [f"M 100644 inline {path}\n".encode(), _data(content)]
    return b"".join(parts)


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
