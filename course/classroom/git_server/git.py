"""Git's plumbing on a bare repository, deaf to the environment, to other configuration and to replaced objects.

Nothing is ever checked out, so that no filter, hook or attribute of a student's takes part.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

SECONDS = 120
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
    """What git prints.

    Raises:
        GitError: it failed, or took too long.
    """
    try:
        done = subprocess.run(
            [program(), "--git-dir", str(repository), *arguments],
            cwd="/",
            env=environment(),
            input=stdin,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {arguments[0]} in {repository} took longer than {SECONDS} s.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError(f"git {arguments[0]} in {repository} failed: {said}")
    return done.stdout


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
