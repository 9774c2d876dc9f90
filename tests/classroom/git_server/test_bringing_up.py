"""Making a server, and bringing it up to date without touching anybody's work."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from course.classroom.git_server import bringing_up
from course.classroom.git_server.bringing_up import SETTINGS, bring_up, release_files
from course.classroom.git_server.git import git, resolve
from course.classroom.git_server.server import Server, ServerError, Terms, open_server
from course.classroom.release import release
from course.language import speaking
from course.lessons import ROOT, all_lessons
from tests.classroom.git_server.conftest import OF_FIRST, RELEASE, Student

NEWER = {**RELEASE, "README.md": b"# Exercises, second edition\n", "exercises/t99_new/new.py": b"# stub\n"}


def files(repository: Path, branch: str) -> dict[str, bytes]:
    """All files of a branch."""
    names = git(repository, "ls-tree", "-r", "-z", "--name-only", branch).decode().split("\0")[:-1]
    return {name: git(repository, "cat-file", "blob", f"{branch}:{name}") for name in names}


def test_each_repository_starts_with_the_release_on_main(server: Server, alice: Student) -> None:
    assert server.students == ["alice", "bob"]
    assert files(server.repository("bob"), "main") == RELEASE
    assert alice.git("log", "--format=%s|%an", "main").strip() == "The course's exercises|Course"
    assert alice.git("status", "--porcelain", "--branch").strip() == "## main...origin/main"


def test_commits_are_named_in_the_language_that_is_spoken(tmp_path: Path) -> None:
    made = Server(tmp_path / "server", Terms())
    with speaking("zh"):
        bring_up(made, ["alice"], RELEASE)
        bring_up(made, ["alice"], NEWER)
    told = git(made.repository("alice"), "log", "--format=%s", "main").decode().splitlines()
    assert told == ["课程练习的新版本", "课程的练习"]


def test_it_is_the_release_for_a_class_without_github(tmp_path: Path) -> None:
    release(tmp_path / "released", list(all_lessons()))
    released = {
        path.relative_to(tmp_path / "released").as_posix(): path.read_bytes()
        for path in (tmp_path / "released").rglob("*")
        if path.is_file()
    }
    assert release_files(list(all_lessons())) == released


@pytest.mark.parametrize(("name", "module"), [("pre-receive", "admission"), ("post-receive", "hook")])
def test_a_hook_starts_this_python_isolated_and_by_its_path(name: str, module: str, tmp_path: Path) -> None:
    made = Server(tmp_path / "a server's", Terms())
    bring_up(made, ["alice"], RELEASE)
    place = made.repository("alice") / "hooks" / name
    assert place.stat().st_mode & stat.S_IXUSR
    assert f"{sys.executable} -I -m course.classroom.git_server.{module}" in place.read_text(encoding="utf-8")
    done = subprocess.run(
        [str(place)], cwd=made.repository("alice"), env={}, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_second_time_nothing_is_new(server: Server) -> None:
    before = {student: git(server.repository(student), "show-ref") for student in server.students}
    assert bring_up(server, ["alice", "bob"], RELEASE) == ["Every repository is up to date."]
    assert {student: git(server.repository(student), "show-ref") for student in server.students} == before


def test_new_names_get_repositories_and_old_ones_keep_theirs(server: Server) -> None:
    assert bring_up(server, ["alice", "carol"], RELEASE) == [
        "Made 1 repository: carol.",
        "bob is not in the roster; bob.git stays.",
    ]
    assert server.students == ["alice", "bob", "carol"]


def test_a_newer_release_goes_to_main_where_nobody_has_pushed(server: Server) -> None:
    assert bring_up(server, [], NEWER) == [f"{name}: the newest release is on main." for name in ("alice", "bob")]
    assert files(server.repository("bob"), "main") == NEWER
    assert bring_up(server, [], NEWER) == ["Every repository is up to date."]


def test_a_newer_release_waits_on_a_branch_where_somebody_has_pushed(server: Server, alice: Student) -> None:
    work = alice.commit(first="# right\n")
    alice.push()
    told = bring_up(server, [], NEWER)
    assert told[0] == "alice: the newest release is on the branch course: `git pull origin course` merges it."
    assert resolve(server.repository("alice"), "main") == work
    alice.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "course")
    assert (alice.clone / "README.md").read_bytes() == NEWER["README.md"]
    assert (alice.clone / OF_FIRST).read_text(encoding="utf-8") == "# right\n"


def test_what_students_push_to_the_courses_branch_stays_reachable(server: Server, alice: Student) -> None:
    mine = alice.commit(first="# mine\n")
    assert "belongs to the course" in alice.push("origin", "HEAD:course")
    bring_up(server, [], NEWER)
    repository = server.repository("alice")
    assert files(repository, "course") == NEWER
    assert mine in git(repository, "log", "-g", "--format=%H", "course").decode()


def test_a_push_that_comes_while_the_release_is_renewed_is_not_lost(
    server: Server, alice: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Main is moved only from where the release was; that is for git to look at, not for us a moment before."""
    work = alice.commit(first="# right\n")

    def pushed_meanwhile(repository: Path, *arguments: str, **stdin: bytes) -> bytes:
        if "refs/heads/main" in arguments and repository.name == "alice.git":
            alice.push()
        return git(repository, *arguments, **stdin)

    monkeypatch.setattr(bringing_up, "git", pushed_meanwhile)
    assert "on the branch course" in bring_up(server, ["alice"], NEWER)[0]
    assert resolve(server.repository("alice"), "main") == work


def test_settings_and_hooks_are_repaired(server: Server) -> None:
    repository = server.repository("alice")
    git(repository, "config", "receive.denyNonFastForwards", "true")
    for name in ("pre-receive", "post-receive"):
        (repository / "hooks" / name).unlink()
    bring_up(server, [], RELEASE)
    for name, value in SETTINGS.items():
        assert git(repository, "config", "--get-all", name).decode() == f"{value}\n"
    assert sorted(os.listdir(repository / "hooks")) == ["post-receive", "pre-receive"]


def test_the_terms_are_kept_with_the_server(server: Server) -> None:
    assert open_server(server.folder) == server


@pytest.mark.parametrize(
    ("place", "sentence"),
    [(ROOT / "out", "beside the graders"), (Path("file"), "is a file"), (Path("other"), "holds files, but no server")],
)
def test_it_goes_nowhere_else(place: Path, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(ServerError, match=sentence):
        bring_up(Server(tmp_path / place, Terms()), ["alice"], RELEASE)
    assert os.listdir(tmp_path / "other") == ["thesis.tex"]


def test_no_server_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"holds no server; `course serve-git .* --roster FILE` makes one"):
        open_server(tmp_path)
    (tmp_path / "server.json").write_text('{"isolation": "none"}', encoding="utf-8")
    with pytest.raises(ServerError, match="cannot be read: Invalid enum value"):
        open_server(tmp_path)
