"""The gate: what a student's ssh key may do, which is to fetch from and push to one repository.

In the server account's `authorized_keys`, one line per key:

    command="/abs/.venv/bin/python -I -m course.classroom.git_server.gate DIR alice",restrict ssh-ed25519 AAAA...
"""

import os
import shlex
import sys
from pathlib import Path, PurePosixPath

from course.classroom.git_server.git import LARGEST_OBJECT, GitError, program
from course.language import Language, Sentence, language_of, say

SERVICES = ("receive-pack", "upload-pack", "upload-archive")
# What a student may choose; HOME is that of the server's account.
KEPT = ("HOME", "LANG", "LC_ALL", "LC_MESSAGES")


class Refused(Exception):
    """Not with this key; `told` says what it is for."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(told)
        self.told = told


def admitted(command: str, student: str) -> str:
    """The service of git that the student asks for.

    Raises:
        Refused: it is none of these, or for another repository.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    words = [f"git-{words[1]}", *words[2:]] if words[:1] == ["git"] and len(words) > 1 else words
    service = words[0].removeprefix("git-") if words else ""
    if len(words) != 2 or service not in SERVICES:
        raise Refused(
            say("Hello {student}. This key is for git: clone, fetch and push {student}.git.", student=student)
        )
    if PurePosixPath(words[1]).name.removesuffix(".git") != student:
        raise Refused(say("You are {student} here. Your repository is {student}.git.", student=student))
    return service


def main(folder: str, student: str) -> None:
    """Become the service of git that ssh was asked for."""
    try:
        service, git = admitted(os.environ.get("SSH_ORIGINAL_COMMAND", ""), student), program()
    except Refused as refused:
        sys.exit(refused.told.told(_language(Path(folder))))
    except GitError as error:
        sys.exit(str(error))
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    repository = str(Path(folder) / f"{student}.git")
    os.execve(git, ["git", service, repository], {**kept, "GIT_ALLOC_LIMIT": LARGEST_OBJECT, "PATH": os.defpath})  # noqa: S606  # no shell takes part


def _language(folder: Path) -> Language:
    """The language that the server speaks, or the student's environment."""
    # Imported here: what takes most of the gate's time is only needed by those who stay outside.
    from course.classroom.git_server.server import ServerError, open_server
    from course.settings import settings

    try:
        return open_server(folder).terms.language or settings().language(os.environ)
    except ServerError:
        return language_of(os.environ)


if __name__ == "__main__":
    main(*sys.argv[1:3])
