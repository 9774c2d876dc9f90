"""What is too large is refused before it is stored, in a clear line, and nothing else is."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from course.classroom.git_server import store
from course.classroom.git_server.admission import MIB, refusal
from course.classroom.git_server.git import git, resolve
from course.classroom.git_server.server import Server, Terms, save
from tests.classroom.git_server.conftest import Student, events


def with_caps(server: Server, push_mib: int, repository_mib: int) -> None:
    """Set the most that a push may bring and a repository may take."""
    save(Server(server.folder, Terms(isolation="basic", push_mib=push_mib, repository_mib=repository_mib)))


def in_quarantine(server: Server, student: str) -> list[Path]:
    """What is left of pushes that were refused."""
    return list((server.repository(student) / "objects").glob("*objdir*"))


def test_too_large_a_push_is_refused_in_a_line_that_says_what_to_do(server: Server, alice: Student) -> None:
    """The way that it names works, though the large file is not in the last commit."""
    with_caps(server, 1, 10)
    before = resolve(server.repository("alice"), "main")
    alice.commit(first="# right\n", **{"data.bin": os.urandom(1_200_000).hex()})
    commit = alice.commit(second="# right\n")
    told = " ".join(alice.push(check=False).split())
    assert re.search(r"Refused, and not stored: this push brings 1\.[2-5] MiB, and the most is 1 MiB\.", told)
    assert "git reset --soft origin/main, git rm -r --cached FILE, git commit, and push again." in told
    assert "[remote rejected] HEAD -> main (pre-receive hook declined)" in told
    assert resolve(server.repository("alice"), "main") == before
    assert (events(server), in_quarantine(server, "alice")) == ([], [])
    assert alice.git("rev-parse", "HEAD").strip() == commit
    alice.git("reset", "-q", "--soft", "origin/main")
    alice.git("rm", "-q", "-r", "--cached", "data.bin")
    alice.git("commit", "-q", "-m", "without it")
    assert "All lessons together: 20 of" in alice.push()
    assert (alice.clone / "data.bin").exists()


def test_it_is_said_in_chinese(server: Server, alice: Student) -> None:
    with_caps(server, 1, 10)
    alice.commit(**{"data.bin": os.urandom(1_200_000).hex()})
    told = alice.push("origin", "HEAD:main", check=False, LC_ALL="zh_CN.UTF-8").replace("\n", "")
    assert re.search(r"推送被拒绝，没有保存：这次推送有 1\.[2-5] MiB，上限是 1 MiB。", told)


def test_a_full_repository_takes_no_more_and_another_students_does(
    server: Server, alice: Student, clone: Callable[..., Student]
) -> None:
    """What was pushed is kept for ever, so that a forced push makes no room. A branch can still be deleted."""
    with_caps(server, 1, 2)
    told, pushes = "", 0
    while "Refused" not in told:
        alice.git("reset", "-q", "--hard", "origin/main")
        alice.commit(first="# right\n", **{"data.bin": os.urandom(400_000).hex()})
        told = " ".join(alice.push("--force", "origin", "HEAD:main", check=False).split())
        pushes += 1
        assert pushes < 10
    assert "with this push your repository takes 2." in told
    assert "MiB on the server, and the most is 2 MiB. All that you have ever pushed is kept there." in told
    assert "Ask your instructor for more room." in told
    assert [what for _, what, _ in events(server)].count("graded") == pushes - 1
    assert in_quarantine(server, "alice") == []
    assert "You have deleted main." in alice.push("origin", ":main")
    bob = clone("bob")
    bob.commit(first="# right\n", **{"data.bin": os.urandom(400_000).hex()})
    assert "All lessons together: 10 of" in bob.push()
    with_caps(server, 1, 3)
    assert "All lessons together: 10 of" in alice.push()


def test_a_thousand_branches_are_as_large_as_their_files(server: Server, alice: Student) -> None:
    with_caps(server, 1, 10)
    alice.commit(first="# right\n")
    branches = [f"HEAD:refs/heads/b{number}" for number in range(130)]
    assert "this push brings 1.1 MiB" in " ".join(alice.push("origin", *branches, check=False).split())
    assert "The branch b0 is stored" in alice.push("origin", *branches[:20])


def test_the_work_of_a_class_is_far_below_what_is_allowed(server: Server, alice: Student) -> None:
    commit = alice.commit(
        first="# right\n" + "# a long comment\n" * 10_000, **{"picture.png": os.urandom(1 << 19).hex()}
    )
    assert "All lessons together: 10 of" in alice.push()
    assert store.kept(server, "alice", commit) is not None
    assert (Terms().push_mib, Terms().repository_mib) == (10, 100)


def test_what_other_pushes_have_in_quarantine_takes_no_room(tmp_path: Path) -> None:
    objects = tmp_path / "objects"
    for name in ("tmp_objdir-incoming-1", "tmp_objdir-incoming-2", "ab"):
        (objects / name).mkdir(parents=True)
        (objects / name / "x").write_bytes(bytes(MIB))
    mine = objects / "tmp_objdir-incoming-1"
    assert refusal(tmp_path, mine, 1, Terms(push_mib=2, repository_mib=3)) is None
    full = refusal(tmp_path, mine, 1, Terms(push_mib=2, repository_mib=2))
    assert full is not None
    assert (full.sentence, full.size, full.most) == ("full", 2.1, 2)
    assert refusal(tmp_path, None, 0, Terms(push_mib=2, repository_mib=0)) is None  # a branch that is deleted


@pytest.mark.parametrize("fault", ["no interpreter", "no server", "no words"])
def test_a_fault_of_ours_refuses_no_push(fault: str, server: Server, alice: Student) -> None:
    hook = server.repository("alice") / "hooks" / "pre-receive"
    if fault == "no interpreter":
        hook.write_text(hook.read_text(encoding="utf-8").replace("python", "no-python"), encoding="utf-8")
    elif fault == "no server":
        hook.write_text(hook.read_text(encoding="utf-8").replace(str(server.folder), "/nowhere"), encoding="utf-8")
    else:
        hook.write_text(hook.read_text(encoding="utf-8").replace(" alice", ""), encoding="utf-8")
    alice.commit(first="# right\n")
    told = alice.push()
    assert "All lessons together: 10 of" in told
    assert "Traceback" not in told


def test_a_large_file_is_not_held_in_memory(server: Server, alice: Student) -> None:
    """Git writes it to the disk as it comes, up to its own ceiling."""
    repository = server.repository("alice")
    assert git(repository, "config", "receive.maxInputSize").decode() == f"{256 * MIB}\n"
    (alice.clone / "data.bin").write_bytes(bytes(100 * MIB))  # as nothing on the wire, and not when it is unpacked
    alice.git("add", "data.bin")
    alice.commit(first="# right\n")
    script = f"ulimit -v 90000; exec git receive-pack {repository}"
    done = subprocess.run(
        ["git", "-C", str(alice.clone), "push", f"--receive-pack=sh -c '{script}' --", str(repository), "HEAD:main"],
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(alice.clone)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
