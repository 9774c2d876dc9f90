"""The gate: what a student's key may ask for; and all of it over ssh, with a stand-in for ssh and sshd."""

import shlex
import sys
from pathlib import Path

import pytest

from course.classroom.git_server import gate
from course.classroom.git_server.gate import Refused, admitted
from course.classroom.git_server.server import Server
from tests.classroom.git_server.conftest import Student


@pytest.mark.parametrize(
    ("command", "service"),
    [
        ("git-receive-pack '/srv/git/alice.git'", "receive-pack"),
        ("git-upload-pack 'alice.git'", "upload-pack"),
        ("git-upload-pack 'alice'", "upload-pack"),
        ("git upload-archive '~/alice.git/'", "upload-archive"),
    ],
)
def test_a_students_own_repository_is_open(command: str, service: str) -> None:
    assert admitted(command, "alice") == service


@pytest.mark.parametrize(
    "command",
    [
        "",
        "bash",
        "git-receive-pack",
        "git-receive-pack 'alice.git' 'bob.git'",
        "git-receive-pack 'bob.git'",
        "git-upload-pack '/srv/git/alice.git/../bob.git'",
        "git-upload-pack --strict alice.git",
        "git-upload-pack 'alice.git'; cat results/alice/x.json",
        "git-upload-pack '$(id)'",
        "git config alice.git",
        "git-shell 'alice.git'",
        "scp -f 'alice.git'",
        "git-upload-pack 'unclosed",
    ],
)
def test_all_else_is_refused_with_a_sentence(command: str) -> None:
    with pytest.raises(Refused, match=r"alice\.git"):
        admitted(command, "alice")


def test_git_gets_an_environment_of_ours_and_a_limit_on_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(gate.os, "execve", lambda _, arguments, environment: started.append((arguments, environment)))
    for name, value in {"SSH_ORIGINAL_COMMAND": "git-receive-pack alice.git", "LANG": "C", "GIT_DIR": "/"}.items():
        monkeypatch.setenv(name, value)
    gate.main(str(tmp_path), "alice")
    ((arguments, environment),) = started
    assert arguments == ["git", "receive-pack", str(tmp_path / "alice.git")]
    assert environment["GIT_ALLOC_LIMIT"] == "256m"
    assert set(environment) <= {*gate.KEPT, "GIT_ALLOC_LIMIT", "PATH"}


@pytest.fixture
def ssh(server: Server, tmp_path: Path) -> str:
    """What stands in for `ssh`: sshd would start the gate with the command that was asked for."""
    gate = shlex.join([sys.executable, "-I", "-m", "course.classroom.git_server.gate", str(server.folder), "alice"])
    script = tmp_path / "ssh"
    script.write_text(
        f'#!/bin/sh\nfor asked; do :; done\nSSH_ORIGINAL_COMMAND="$asked" exec {gate}\n', encoding="utf-8"
    )
    script.chmod(0o700)
    return str(script)


def test_a_student_clones_and_pushes_over_ssh(server: Server, ssh: str, tmp_path: Path) -> None:
    alice = Student(tmp_path / "alice")
    alice.clone.mkdir()
    alice.git("clone", "-q", f"course@host:{server.folder}/alice.git", ".", GIT_SSH_COMMAND=ssh)
    commit = alice.commit(first="# right\n")
    told = alice.push(GIT_SSH_COMMAND=ssh)
    assert f"Your push is stored: commit {commit[:10]} on main." in told
    assert "All lessons together: 10 of " in told


def test_who_is_refused_reads_why_in_the_language_of_the_server(server: Server, ssh: str, tmp_path: Path) -> None:
    (server.folder / "server.json").write_text('{"isolation": "basic", "language": "zh"}', encoding="utf-8")
    told = Student(tmp_path).git("ls-remote", "course@host:bob.git", check=False, GIT_SSH_COMMAND=ssh)
    assert "你在这里是 alice，你的仓库是 alice.git。" in told


def test_another_students_repository_is_closed(server: Server, ssh: str, tmp_path: Path) -> None:
    alice = Student(tmp_path)
    told = alice.git("ls-remote", f"course@host:{server.folder}/bob.git", check=False, GIT_SSH_COMMAND=ssh)
    assert "You are alice here. Your repository is alice.git." in told
    assert "refs/" not in told
