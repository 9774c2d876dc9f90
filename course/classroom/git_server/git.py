"""Git's plumbing on a bare repository, deaf to the environment, to other configuration and to replaced objects.

Nothing is ever checked out, so that no filter, hook or attribute of a student's takes part.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

SECONDS = 120
# The most memory that git takes for one object, also while a push comes in: KiB of a pack can stand for gigabytes.
LARGEST_OBJECT = "256m"
MOST_SAID = 4 << 10  # bytes of an error of git's
# Where git is, besides the folders of the system.
ALSO = ("/usr/local/bin", "/opt/homebrew/bin")
NOTHING = "0" * 40
COMMIT = re.compile(r"[0-9a-f]{40}")


class GitError(Exception):
    """Git could not do what it was asked for; the message holds what it said."""


def program() -> str:
    """The path of git.

    Raises:
        GitError: it is not installed.
    """
    found = shutil.which("git", path=os.pathsep.join((os.defpath, *ALSO)))
    if found is None:
        raise GitError("git is not installed where the system has its programs.")
    return found


def environment() -> dict[str, str]:
    """All that git sees of the environment."""
    return {
        "GIT_ALLOC_LIMIT": LARGEST_OBJECT,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": os.devnull,
        "LC_ALL": "C",
        "PATH": os.defpath,
    }


def git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints, where we know that it is not much.

    Raises:
        GitError: it failed, or took too long.
    """
    try:
        done = subprocess.run(
            _command(repository, arguments),
            cwd="/",
            env=environment(),
            input=stdin,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(repository, arguments) from error
    if done.returncode:
        raise _failed(repository, arguments, done.stderr)
    return done.stdout


def beginning(repository: Path, *arguments: str, most: int, stdin: bytes = b"") -> tuple[bytes, bool]:
    """The first `most` bytes of what git prints, and whether that is all; git is ended as soon as it prints more.

    Raises:
        GitError: it failed, or took too long.
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(stdin)
        asked.seek(0)
        with subprocess.Popen(
            _command(repository, arguments),
            cwd="/",
            env=environment(),
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as process:
            assert process.stdout is not None, "it is a pipe"
            limit = threading.Timer(SECONDS, process.kill)
            limit.start()
            try:
                printed = process.stdout.read(most + 1)
                if len(printed) > most:
                    return printed[:most], False
                process.wait()
            finally:
                limit.cancel()
                process.kill()
        if process.returncode == -signal.SIGKILL:
            raise _too_slow(repository, arguments)
        if process.returncode:
            said.seek(0)
            raise _failed(repository, arguments, said.read(MOST_SAID))
    return printed, True


def _command(repository: Path, arguments: tuple[str, ...]) -> list[str]:
    return [program(), "--git-dir", str(repository), *arguments]


def _too_slow(repository: Path, arguments: tuple[str, ...]) -> GitError:
    return GitError(f"git {arguments[0]} in {repository} took longer than {SECONDS} s.")


def _failed(repository: Path, arguments: tuple[str, ...], said: bytes) -> GitError:
    return GitError(f"git {arguments[0]} in {repository} failed: {said.decode('utf-8', 'replace').strip()}")


def resolve(repository: Path, name: str) -> str:
    """The full hash of the object with this name; empty when there is none."""
    try:
        return git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", name).decode().strip()
    except GitError:
        return ""


def is_ancestor(repository: Path, older: str, newer: str) -> bool:
    """True when `newer` contains all the work of `older`."""
    try:
        git(repository, "merge-base", "--is-ancestor", older, newer)
    except GitError:
        return False
    return True
