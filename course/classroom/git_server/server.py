"""A server: the folder with the students' repositories, what was agreed on when it was made, and where things lie.

- `server.json`: the terms of grading
- `<student>.git`: a bare repository each
- `results/<student>/`: one file per graded commit
- `to_do/<student>/`: one file per commit that came to main and is not graded yet
- `log.jsonl`: every push and every grading, a line each, oldest first
- `errors.log`: what kept the grader from working
- `turns/`: who waits for the grader
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from course.judge.isolation import Level
from course.language import Language

CONFIG = "server.json"
MAIN = "main"
COURSE = "course"  # the branch with the newest release


class ServerError(Exception):
    """There is no such server, or it cannot be made; the message says why."""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How pushes are graded: at least this isolated, with this key, and told in this language (if one is named).

    `untested_python`: also on a Python that the course is not tested on. `push_mib` and `repository_mib` are the most
    that a push may bring and that a repository may take on the disk. The work of all lessons is far below one MiB; ten
    leave room for a picture or a notebook, and stop data sets and virtual environments, which are committed by mistake.
    A hundred are ten such pushes, and 30 GiB for a class of 300.
    """

    isolation: Level = "strong"
    key: str = ""
    language: Language | None = None
    untested_python: bool = False
    push_mib: int = 10
    repository_mib: int = 100


@dataclass(frozen=True)
class Server:
    """Where everything of a server lies, and its terms."""

    folder: Path
    terms: Terms

    @property
    def students(self) -> list[str]:
        """Whoever has a repository."""
        return sorted(path.stem for path in self.folder.glob("*.git"))

    def repository(self, student: str) -> Path:
        """The student's bare repository."""
        return self.folder / f"{student}.git"

    def results(self, student: str) -> Path:
        """The folder with the student's results."""
        return self.folder / "results" / student

    def to_do(self, student: str) -> Path:
        """The folder that names the student's commits without a result."""
        return self.folder / "to_do" / student

    @property
    def log(self) -> Path:
        """The log of pushes and gradings."""
        return self.folder / "log.jsonl"

    @property
    def errors(self) -> Path:
        """What instructors read when the grader could not work."""
        return self.folder / "errors.log"

    @property
    def turns(self) -> Path:
        """The folder of those who wait for the grader."""
        return self.folder / "turns"

    @property
    def is_ours(self) -> bool:
        """True when the server belongs to whoever runs this; others may neither grade nor store here."""
        return (self.folder / CONFIG).stat().st_uid == os.geteuid()


def open_server(folder: Path) -> Server:
    """The server in this folder.

    Raises:
        ServerError: there is none, or it cannot be read.
    """
    file = folder / CONFIG
    try:
        return Server(folder, msgspec.json.decode(file.read_bytes(), type=Terms))
    except FileNotFoundError as error:
        raise ServerError(f"{folder} holds no server; `course serve-git {folder} --roster FILE` makes one.") from error
    except (OSError, msgspec.MsgspecError) as error:
        raise ServerError(f"{file} cannot be read: {error}") from error


def save(server: Server) -> None:
    """Write down the terms."""
    write_whole(server.folder / CONFIG, msgspec.json.format(msgspec.json.encode(server.terms), indent=2) + b"\n")


def write_whole(place: Path, content: bytes, mode: int = 0o600, *, moment: float | None = None) -> None:
    """Write the file as a whole or not at all, whoever reads it meanwhile; `moment` is its time, if given."""
    descriptor, temporary = tempfile.mkstemp(prefix=".", dir=place.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, mode)
        if moment is not None:
            os.utime(temporary, (moment, moment))
        os.replace(temporary, place)
    except BaseException:
        os.unlink(temporary)
        raise
