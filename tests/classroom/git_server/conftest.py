"""Servers in temporary folders, and students who clone, commit and push with the real git."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from course.classroom.git_server import store
from course.classroom.git_server.bringing_up import bring_up
from course.classroom.git_server.server import Server, Terms
from course.lessons import all_lessons

GRADER = Path(__file__).with_name("small_grader.py")
FIRST, SECOND = all_lessons()[:2]
OF_FIRST = f"exercises/{FIRST.name}/{FIRST.filename}"
OF_SECOND = f"exercises/{SECOND.name}/{SECOND.filename}"
# A release in small: the stubs and a file of the course.
RELEASE = {
    "README.md": b"# Exercises\n",
    **{f"exercises/{each.name}/{each.filename}": each.exercise.read_bytes() for each in all_lessons()},
}
IDENTITY = {
    "GIT_AUTHOR_NAME": "Alice",
    "GIT_AUTHOR_EMAIL": "alice@example.org",
    "GIT_COMMITTER_NAME": "Alice",
    "GIT_COMMITTER_EMAIL": "alice@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}


@dataclass
class Student:
    """Somebody with a clone of their repository."""

    clone: Path

    def git(self, *arguments: str, check: bool = True, **environment: str) -> str:
        """What git prints, to the output and to the terminal."""
        done = subprocess.run(
            ["git", "-C", str(self.clone), *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(self.clone.parent), **IDENTITY, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = done.stdout.decode()
        assert done.returncode == 0 or not check, said
        return said

    def commit(self, **files: str) -> str:
        """Commit these files, given as `first="..."` and `second="..."` for modules; the commit's hash."""
        places = {"first": OF_FIRST, "second": OF_SECOND}
        for name, text in files.items():
            place = self.clone / places.get(name, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work")
        return self.git("rev-parse", "HEAD").strip()

    def push(self, *arguments: str, check: bool = True, **environment: str) -> str:
        """Push, by default main; what stands in the terminal, without `remote: ` and blanks at the ends."""
        said = self.git("push", *(arguments or ("origin", "HEAD:main")), check=check, **environment)
        return "\n".join(line.removeprefix("remote: ").rstrip() for line in said.splitlines())


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server for alice and bob, whose hooks grade with the small grader."""
    made = Server(tmp_path / "server", Terms(isolation="basic"))
    bring_up(made, ["alice", "bob"], RELEASE)
    use_the_small_grader(made)
    return made


def use_the_small_grader(server: Server) -> None:
    """Have the hooks of a server grade by single words."""
    for student in server.students:
        place = server.repository(student) / "hooks" / "post-receive"
        start = shlex.join([sys.executable, "-I", str(GRADER), str(server.folder), student])
        place.write_text(f"#!/bin/sh\nexec {start}\n", encoding="utf-8")


@pytest.fixture
def clone(server: Server, tmp_path: Path) -> Callable[..., Student]:
    """Clone a student's repository."""

    def cloned(student: str, folder: str = "") -> Student:
        place = tmp_path / (folder or student)
        place.mkdir()
        made = Student(place)
        made.git("clone", "-q", str(server.repository(student)), ".")
        return made

    return cloned


@pytest.fixture
def alice(clone: Callable[..., Student]) -> Student:
    """Alice, with a fresh clone."""
    return clone("alice")


def events(server: Server) -> list[tuple[str, str, int | None]]:
    """The log in short: who, what, points."""
    return [(line.student, line.what, line.points) for line in store.lines_of(server)]
