"""What is kept of pushes: a result for each graded commit, and the log."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from course.classroom.git_server.git import resolve
from course.classroom.git_server.server import MAIN, Server, write_whole
from course.report.model import Model, Result
from course.report.sinks import json_text

Kept = TypeVar("Kept", "GradedPush", "Push")
OF_GRADINGS = ("graded", "not_graded", "postponed")


class Push(NamedTuple):
    """A commit that came to a branch of a student's, and when."""

    student: str
    commit: str
    ref: str
    received: str


class GradedPush(Model, frozen=True):
    """The result of a commit, for instructors and for the student.

    `keys`: the content key of each lesson that was begun. `received` is when the push came, by the server's clock.
    """

    schema: Literal["course/graded-push/v1"]
    student: str
    commit: str
    ref: str
    received: str
    keys: dict[str, str]
    full: Result
    view: Result


class Line(Model, frozen=True, omit_defaults=True):
    """A line of the log: `what` was pushed, or that it was `graded`, `postponed`, or `not_graded` by our fault."""

    at: str
    student: str
    what: str
    ref: str
    commit: str
    before: str = ""
    points: int | None = None
    max_points: int | None = None
    seconds: float | None = None
    graded: tuple[str, ...] = ()


def now() -> str:
    """The moment, as it is written down; to the millisecond, so that pushes have an order."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def pushed(push: Push, what: str, before: str) -> Line:
    """What the log says of a push to a branch or a tag, which was at `before`."""
    return Line(at=push.received, student=push.student, what=what, ref=push.ref, commit=push.commit, before=before)


def graded(push: Push, result: GradedPush | None, *, seconds: float = 0.0, lessons: Iterable[str] = ()) -> Line:
    """What the log says of a grading: its result, how long it took since the push, and the lessons that were graded."""
    line = Line(at=now(), student=push.student, what="not_graded", ref=push.ref, commit=push.commit)
    if result is None:
        return line
    return msgspec.structs.replace(
        line,
        what="graded",
        points=result.full.points,
        max_points=result.full.max_points,
        seconds=round(seconds, 2),
        graded=tuple(lessons),
    )


def postponed(push: Push) -> Line:
    """What the log says of a commit that is graded later."""
    return Line(at=now(), student=push.student, what="postponed", ref=push.ref, commit=push.commit)


def begin(server: Server, push: Push) -> None:
    """Remember that the commit has to be graded, whatever happens to the process that does it."""
    folder = server.to_do(push.student)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / push.commit, msgspec.json.encode(push))


def finish(server: Server, push: Push) -> None:
    """Forget that the commit had to be graded."""
    (server.to_do(push.student) / push.commit).unlink(missing_ok=True)


def to_do(server: Server, student: str) -> list[Push]:
    """The student's commits that are waiting, being graded, postponed, or were given up; the newest first."""
    found = (_read(path, Push) for path in server.to_do(student).glob("[0-9a-f]*"))
    return sorted((push for push in found if push is not None), key=lambda push: push.received, reverse=True)


def keep(server: Server, push: GradedPush) -> None:
    """Store the result of a commit; the file's time is that of the push, also when it is graded later."""
    folder = server.results(push.student)
    folder.mkdir(parents=True, exist_ok=True)
    text = json_text(msgspec.json.format(msgspec.json.encode(push), indent=1).decode())
    moment = datetime.fromisoformat(push.received).timestamp()
    write_whole(folder / f"{push.commit}.json", f"{text}\n".encode(), moment=moment)


def kept(server: Server, student: str, commit: str) -> GradedPush | None:
    """The result of a commit; None when there is none that can be read."""
    return _read(server.results(student) / f"{commit}.json", GradedPush)


def is_kept(server: Server, push: Push) -> bool:
    """True when there is a result of the commit."""
    return (server.results(push.student) / f"{push.commit}.json").exists()


def newest_kept(server: Server, student: str) -> Iterator[GradedPush]:
    """The student's results, that of the newest push first."""
    files = [(path.stat().st_mtime_ns, path) for path in server.results(student).glob("*.json")]
    for _, path in sorted(files, reverse=True):
        found = _read(path, GradedPush)
        if found is not None:
            yield found


def counting(server: Server, student: str) -> GradedPush | None:
    """The result that counts: that of main's tip, or else that of the newest push."""
    tip = resolve(server.repository(student), f"refs/heads/{MAIN}")
    return (kept(server, student, tip) if tip else None) or next(newest_kept(server, student), None)


def _read(path: Path, kind: type[Kept]) -> Kept | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def note(server: Server, line: Line) -> None:
    """Add a line to the log."""
    _append(server.log, json_text(msgspec.json.encode(line).decode()))


def note_error(server: Server, about: Mapping[str, str], error: str) -> None:
    """Tell the instructor what has kept the grader from working."""
    head = " ".join(f"{name}={value}" for name, value in about.items())
    _append(server.errors, f"{now()} {head}\n{error}\n")


def lines_of(server: Server) -> list[Line]:
    """The log so far, oldest first."""
    if not server.log.exists():
        return []
    return [msgspec.json.decode(line, type=Line) for line in server.log.read_bytes().splitlines()]


def _append(file: Path, text: str) -> None:
    """Add a line, whole, whoever else is adding one."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with open(descriptor, "ab") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        opened.write(f"{text}\n".encode())
