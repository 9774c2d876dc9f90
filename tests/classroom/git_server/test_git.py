"""What git prints, read as far as it is wanted."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from course.classroom.git_server import git as module
from course.classroom.git_server.git import GitError, beginning, git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository."""
    git(tmp_path, "init", "--bare", "-q", "--template=", str(tmp_path))
    return tmp_path


def blob(repository: Path, content: bytes) -> str:
    """Store a file."""
    return git(repository, "hash-object", "-w", "--stdin", stdin=content).decode().strip()


def test_all_is_read_up_to_the_cap_and_no_more(repository: Path) -> None:
    name = blob(repository, b"x" * 1000)
    assert beginning(repository, "cat-file", "blob", name, most=1000) == (b"x" * 1000, True)
    assert beginning(repository, "cat-file", "blob", name, most=999) == (b"x" * 999, False)


def test_git_is_ended_where_it_prints_more(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would write for ever into a pipe that nobody reads."""
    started = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    name = blob(repository, b"x" * 3_000_000)
    monkeypatch.setattr(subprocess, "Popen", Noted)
    assert beginning(repository, "cat-file", "blob", name, most=10) == (b"x" * 10, False)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_what_git_is_asked_on_its_input_comes_in_order(repository: Path) -> None:
    names = [blob(repository, b"a"), blob(repository, b"bc"), "2" * 40]
    answer, _ = beginning(
        repository, "cat-file", "--batch-check", stdin="".join(f"{name}\n" for name in names).encode(), most=1000
    )
    assert answer.decode().splitlines() == [f"{names[0]} blob 1", f"{names[1]} blob 2", f"{'2' * 40} missing"]


def test_an_error_says_what_git_said(repository: Path) -> None:
    with pytest.raises(GitError, match=r"git ls-tree in .* failed: fatal: Not a valid object name nothing"):
        beginning(repository, "ls-tree", "nothing", most=10)


def test_a_git_that_takes_too_long_is_ended(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(repository / "pipe")  # nobody ever writes into it
    monkeypatch.setattr(module, "SECONDS", 0.1)
    with pytest.raises(GitError, match="took longer than"):
        beginning(repository, "hash-object", str(repository / "pipe"), most=10)


def test_a_folder_that_takes_too_much_memory_is_not_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = b"40000 a\0" + bytes(20)
    name = git(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=folder * 100_000)
    command = ("ls-tree", name.decode().strip())
    assert not beginning(repository, *command, most=10)[1]
    monkeypatch.setattr(module, "LARGEST_OBJECT", "1m")
    with pytest.raises(GitError, match="attempting to allocate"):
        beginning(repository, *command, most=10)
