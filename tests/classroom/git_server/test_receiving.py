"""Pushes with the real git, to hooks with a small grader: each is stored, told in a clear line, and graded once."""

import io
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from course.classroom.git_server import store
from course.classroom.git_server.git import git, resolve
from course.classroom.git_server.missing import grade_missing
from course.classroom.git_server.receiving import Desk, receive
from course.classroom.git_server.server import Server
from course.classroom.git_server.telling import Teller
from course.classroom.git_server.turns import ticket_for_backlog, ticket_for_push
from course.classroom.git_server.updates import Update
from course.lessons import all_lessons
from tests.classroom.git_server.conftest import FIRST, IDENTITY, OF_FIRST, SECOND, Student, events
from tests.classroom.git_server.small_grader import grade

ALL_POINTS = sum(lesson.max_points for lesson in all_lessons())


def test_the_stubs_are_not_graded(server: Server, alice: Student) -> None:
    commit = alice.commit()
    told = alice.push()
    assert f"Your push is stored: commit {commit[:10]} on main." in told
    assert "No lesson is begun yet, so there is nothing to grade" in told
    assert f"All lessons together: 0 of {ALL_POINTS} points." in told
    assert "Grading" not in told
    assert events(server) == [("alice", "work", None), ("alice", "graded", 0)]


def test_a_changed_lesson_is_graded_and_the_others_are_named(server: Server, alice: Student) -> None:
    alice.commit(first="# not yet\n")
    told = alice.push()
    assert f"Grading {FIRST.name} ..." in told
    assert "✗ wrong: # not yet" in told
    assert f"Not begun: {SECOND.name}, " in told
    assert f"All lessons together: 0 of {ALL_POINTS} points." in told
    commit = alice.commit(first="# right\n")
    told = alice.push()
    assert "✓ All 10 points" in told
    assert f"All lessons together: 10 of {ALL_POINTS} points." in told
    result = store.kept(server, "alice", commit)
    assert result is not None
    assert (result.full.points, result.full.max_points, result.full.visibility) == (10, ALL_POINTS, "full")
    assert (result.view.points, result.view.max_points, result.view.visibility) == (10, ALL_POINTS, "student")
    assert [lesson.lesson for lesson in result.full.lessons] == [lesson.name for lesson in all_lessons()]
    assert set(result.keys) == {FIRST.name}


def test_only_what_has_changed_since_is_graded_again(server: Server, alice: Student) -> None:
    alice.commit(first="# right\n", second="# not yet\n")
    assert f"Grading {FIRST.name}, {SECOND.name} ..." in alice.push()
    alice.commit(second="# right\n")
    told = alice.push()
    assert f"Grading {SECOND.name} ..." in told
    assert f"Not changed: {FIRST.name} 10/10" in told
    assert f"All lessons together: 20 of {ALL_POINTS} points." in told
    assert [line.graded for line in store.lines_of(server) if line.what == "graded"] == [
        (FIRST.name, SECOND.name),
        (SECOND.name,),
    ]


def test_a_push_without_a_changed_lesson_says_so(server: Server, alice: Student) -> None:
    alice.commit(first="# right\n")
    alice.push()
    alice.commit(**{"notes.txt": "I have learned a lot\n"})
    told = alice.push()
    assert "No lesson has changed since it was last graded." in told
    assert f"Not changed: {FIRST.name} 10/10" in told
    assert f"All lessons together: 10 of {ALL_POINTS} points." in told
    assert "Grading" not in told


def test_other_terms_have_everything_graded_again(server: Server, alice: Student) -> None:
    alice.commit(first="# right\n")
    assert "Grading" in alice.push()
    (server.folder / "server.json").write_text('{"isolation": "guarded"}', encoding="utf-8")
    alice.commit()
    assert f"Grading {FIRST.name} ..." in alice.push()


def test_a_push_without_any_lesson_is_no_work(server: Server, alice: Student) -> None:
    alice.git("rm", "-q", "-r", "exercises")
    alice.commit()
    told = alice.push()
    assert "No lesson is begun yet" in told
    assert f"0 of {ALL_POINTS} points" in told


def test_a_folder_with_a_name_that_no_lesson_has_is_named(server: Server, alice: Student) -> None:
    """Its student believes that it is graded. It is named with each push, whether anything is graded or not."""
    alice.commit(**{"exercises/t01_qotes/quotes.py": "# right\n", "t98_foo/x.py": "x\n", "notes/x.py": "x\n"})
    told = alice.push()
    assert "No lesson is begun yet" in told
    for name in ("t01_qotes", "t98_foo"):
        assert f"There is no lesson {name}; its folder was not graded." in told
    assert "notes" not in told
    alice.commit(first="# right\n")
    told = alice.push("origin", "HEAD:main", LC_ALL="zh_CN.UTF-8")
    assert "没有 t01_qotes 这一课，它的文件夹没有评分。" in told


def test_a_file_that_was_renamed_is_missed(server: Server, alice: Student) -> None:
    """Its folder is there, so it was worked on: `not begun` would leave its student alone with it."""
    alice.git("mv", OF_FIRST, f"{OF_FIRST}.txt")
    (alice.clone / OF_FIRST).with_name("README.md").write_text("# text\n", encoding="utf-8")
    alice.commit()
    assert f"✗ {FIRST.filename} was not handed in: the folder {FIRST.name} does not have" in alice.push()


def test_a_link_is_refused_in_a_sentence(server: Server, alice: Student) -> None:
    (alice.clone / OF_FIRST).unlink()
    (alice.clone / OF_FIRST).symlink_to("/etc/passwd")
    alice.commit()
    told = alice.push()
    assert f"✗ {FIRST.filename} cannot be read: it is a link." in told


def test_a_tree_that_no_git_add_makes_costs_its_own_lesson_and_no_other(server: Server, alice: Student) -> None:
    """A folder that is called a file, which git takes in a push."""
    alice.commit(first="# right\n", second="# right\n")
    raw = alice.clone / ".git" / "raw"

    def tree(*entries: tuple[str, str, str]) -> str:
        raw.write_bytes(b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(what) for mode, name, what in entries))
        return alice.git("hash-object", "-w", "-t", "tree", "--literally", str(raw)).strip()

    module = alice.git("rev-parse", f"HEAD:{OF_FIRST}").strip()
    first = tree(("100644", FIRST.filename, tree(("100644", "not_a_module.py", module))))
    second = alice.git("rev-parse", f"HEAD:exercises/{SECOND.name}").strip()
    exercises = tree(("40000", FIRST.name, first), ("40000", SECOND.name, second))
    commit = alice.git("commit-tree", tree(("40000", "exercises", exercises)), "-p", "HEAD", "-m", "odd").strip()
    told = " ".join(alice.push("origin", f"{commit}:main").split())
    assert f"✗ {FIRST.filename} is not a regular file." in told
    assert f"{OF_FIRST} cannot be read: this commit calls it a file or a folder, and it is something else." in told
    assert f"All lessons together: 10 of {ALL_POINTS} points." in told
    result = store.kept(server, "alice", commit)
    assert result is not None
    assert {lesson.lesson: lesson.points for lesson in result.full.lessons if lesson.begun} == {
        FIRST.name: 0,
        SECOND.name: 10,
    }
    alice.commit(**{"notes.txt": "as it should be\n"})
    assert "All lessons together: 20 of" in alice.push("--force", "origin", "HEAD:main")


def test_exercises_as_a_repository_of_their_own_are_explained(server: Server, alice: Student) -> None:
    """`git init` in the wrong folder: git commits its name only. Every lesson is missed, and the way out works."""
    inner = Student(alice.clone / "exercises")
    inner.git("init", "-q")
    inner.commit(**{f"{FIRST.name}/{FIRST.filename}": "# right\n"})
    alice.git("rm", "-q", "-r", "--cached", "exercises")
    alice.commit()
    told = " ".join(alice.push().split())
    assert "exercises is a git repository of its own (a submodule), so its files are not in this commit." in told
    assert f"✗ {FIRST.filename} was not handed in: there is no folder {FIRST.name}." in told
    assert "Delete exercises/.git, then: git rm --cached exercises, git add exercises, and commit again." in told
    shutil.rmtree(inner.clone / ".git")
    alice.git("rm", "-q", "--cached", "exercises")
    alice.git("add", "exercises")
    alice.commit()
    assert "All lessons together: 10 of" in alice.push()


def test_many_folders_are_one_line(server: Server, alice: Student) -> None:
    """What is handed in is graded all the same."""
    for number in range(7000):
        (alice.clone / f"t00_{number:07d}").mkdir()
        (alice.clone / f"t00_{number:07d}" / "x.py").touch()
    alice.commit(first="# right\n")
    told = " ".join(alice.push().split())
    assert "Too many entries in the top folder: they were not searched for misspelled names of lessons." in told
    assert "There is no lesson" not in told
    assert "All lessons together: 10 of" in told


def test_a_forced_push_is_taken_and_what_it_replaced_is_kept(server: Server, alice: Student) -> None:
    first = alice.commit(first="# right\n")
    alice.push()
    alice.git("reset", "-q", "--hard", "HEAD~1")
    second = alice.commit(first="# not yet\n")
    told = alice.push("--force", "origin", "HEAD:main")
    assert "It has replaced commits that were on main. They are kept on the server;" in told
    assert f"All lessons together: 0 of {ALL_POINTS} points." in told
    repository = server.repository("alice")
    assert resolve(repository, "main") == second
    git(repository, "reflog", "expire", "--expire=all", "--all")
    git(repository, "gc", "--quiet", "--prune=now")
    assert resolve(repository, f"{first}^{{commit}}") == first
    assert [what for _, what, _ in events(server)] == ["work", "graded", "forced", "graded"]
    counting = store.counting(server, "alice")
    assert counting is not None
    assert counting.commit == second


def test_a_deleted_main_costs_nothing(server: Server, alice: Student) -> None:
    commit = alice.commit(first="# right\n")
    alice.push()
    told = alice.push("origin", ":main")
    assert "You have deleted main. Your last result stays and counts" in told
    counting = store.counting(server, "alice")
    assert counting is not None
    assert (counting.commit, counting.full.points) == (commit, 10)
    told = alice.push()
    assert f"Not changed: {FIRST.name} 10/10" in told
    assert resolve(server.repository("alice"), "main") == commit


def test_other_branches_and_tags_are_stored_and_not_graded(server: Server, alice: Student) -> None:
    commit = alice.commit(first="# right\n")
    alice.git("tag", "v1")
    told = alice.push("origin", "HEAD:refs/heads/try", "v1", "HEAD:refs/notes/x")
    assert "The branch try is stored, and is not graded. Only main is: git push" in told
    assert "The tag v1 is stored. Tags are not graded" in told
    assert "refs/notes/x is stored, and is not graded." in told
    assert "Grading" not in told
    assert resolve(server.repository("alice"), "refs/heads/try") == commit
    told = alice.push("origin", ":try", ":v1")
    assert "The branch try is deleted. What counts is main" in told
    assert "The tag v1 is deleted." in told
    assert list(server.results("alice").glob("*")) == []


def test_several_branches_in_one_push_are_each_told(server: Server, alice: Student) -> None:
    alice.commit(first="# right\n")
    told = alice.push("origin", "HEAD:main", "HEAD:refs/heads/try")
    assert "The branch try is stored" in told
    assert "All lessons together: 10 of" in told


def test_many_branches_are_counted_and_main_is_graded_all_the_same(server: Server, alice: Student) -> None:
    alice.commit(first="# right\n")
    told = alice.push("origin", *(f"HEAD:refs/heads/b{number}" for number in range(25)), "HEAD:main")
    assert told.count("is stored, and is not graded.") == 10
    assert "15 more branches and tags have come the same way." in told
    assert "All lessons together: 10 of" in told
    assert len(events(server)) == 27


def test_a_log_that_cannot_be_written_keeps_nobody_from_pushing(server: Server, alice: Student) -> None:
    server.log.mkdir()
    commit = alice.commit(first="# right\n")
    told = " ".join(alice.push().split())
    assert "Your push is stored and safe, but the grader could not work." in told
    assert "Traceback" not in told
    assert "IsADirectoryError" in server.errors.read_text(encoding="utf-8")
    assert resolve(server.repository("alice"), "main") == commit


def test_a_push_of_nothing_is_gits_own_line(server: Server, alice: Student) -> None:
    alice.commit(first="# right\n")
    alice.push()
    assert alice.push() == "Everything up-to-date"
    assert len(events(server)) == 2


def test_a_grader_that_crashes_loses_nothing_and_is_tried_again(server: Server, alice: Student) -> None:
    commit = alice.commit(first="# crash\n")
    told = alice.push()
    assert "HEAD -> main" in told
    assert f"commit {commit[:10]} on main" in told
    assert "the grader could not work. That is not your fault" in " ".join(told.split())
    assert "told to crash" not in told
    assert resolve(server.repository("alice"), "main") == commit
    assert events(server) == [("alice", "work", None), ("alice", "not_graded", None)]
    errors = server.errors.read_text(encoding="utf-8")
    assert f"student=alice commit={commit}" in errors
    assert "RuntimeError: the small grader was told to crash" in errors
    assert not re.search(r"[\r\x1b]", errors)
    assert store.counting(server, "alice") is None
    assert grade_missing(server, grade=_repaired) == (["alice"], [])
    counting = store.counting(server, "alice")
    assert counting is not None
    assert (counting.commit, counting.full.points) == (commit, 0)
    assert counting.received == store.lines_of(server)[0].at
    assert grade_missing(server, grade=_repaired) == ([], [])


def _repaired(folder: Path, lessons: list[object], **terms: object) -> object:
    module = folder / OF_FIRST
    module.write_text(module.read_text(encoding="utf-8").replace("crash", "ok"), encoding="utf-8")
    sys.argv[1:] = [str(folder)]
    return grade(folder, lessons, **terms)  # type: ignore[arg-type]


def test_a_check_that_broke_is_tried_again(server: Server, alice: Student) -> None:
    commit = alice.commit(first="# broken\n", second="# right\n")
    assert "the grader could not work" in alice.push()
    sys.argv[1:] = [str(server.folder)]
    assert grade_missing(server, grade=grade) == ([], ["alice"])
    assert grade_missing(server, grade=_without_breaking) == (["alice"], [])
    result = store.kept(server, "alice", commit)
    assert result is not None
    assert result.full.points == 20
    assert store.lines_of(server)[-1].graded == (FIRST.name,)
    assert grade_missing(server, grade=_without_breaking) == ([], [])


def _without_breaking(folder: Path, lessons: list[object], **terms: object) -> object:
    (folder / OF_FIRST).write_text("# right\n", encoding="utf-8")
    return grade(folder, lessons, **terms)  # type: ignore[arg-type]


def test_a_result_that_cannot_be_stored_is_a_grader_that_could_not_work(server: Server, alice: Student) -> None:
    (server.folder / "results").rmdir()
    (server.folder / "results").touch()
    commit = alice.commit(first="# right\n")
    assert "the grader could not work" in " ".join(alice.push().split())
    assert resolve(server.repository("alice"), "main") == commit


def test_too_large_a_push_is_refused_by_git_and_the_clone_keeps_it(server: Server, alice: Student) -> None:
    git(server.repository("alice"), "config", "receive.maxInputSize", "2000")
    before = resolve(server.repository("alice"), "main")
    commit = alice.commit(**{"data.bin": os.urandom(8000).hex()})
    told = alice.push(check=False)
    assert "pack exceeds maximum allowed size" in told
    assert resolve(server.repository("alice"), "main") == before
    assert alice.git("rev-parse", "HEAD").strip() == commit
    alice.git("reset", "-q", "--hard", "HEAD~1")
    alice.commit(first="# right\n")
    assert "All lessons together: 10 of" in alice.push()


def start_push(student: Student, *arguments: str, lent: Sequence[int] = ()) -> "subprocess.Popen[bytes]":
    """Begin to push, as from a terminal: where the tests run, signals may be ignored, and a child would ignore them."""
    ignored = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)}
    try:
        return subprocess.Popen(
            ["git", "-C", str(student.clone), "push", *(arguments or ("origin", "HEAD:main"))],
            env={"PATH": os.environ["PATH"], **IDENTITY},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=lent,
        )
    finally:
        for number, before in ignored.items():
            signal.signal(number, before)


def said(pushing: "subprocess.Popen[bytes]") -> str:
    """Wait until a push has ended; what stands in the terminal, in one line."""
    return " ".join(pushing.communicate(timeout=120)[0].decode().replace("remote:", "").split())


@pytest.fixture
def held(server: Server) -> Path:
    """The pipe on which a grading waits that has `hold` in its module."""
    os.mkfifo(server.folder / "held")
    return server.folder / "held"


def let_go(held: Path) -> None:
    """Wait until a grading holds, and let it go on."""
    held.write_text("go", encoding="utf-8")


class Terminal(io.BytesIO):
    """Notes with each line whether somebody is being graded."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.told: list[tuple[str, bool]] = []
        self._turns = server.turns

    def write(self, text: Any) -> int:
        self.told.append((bytes(text).decode(), bool(list(self._turns.glob("*.grading")))))
        return len(text)


def test_who_reads_slowly_keeps_nobody_waiting(server: Server, alice: Student) -> None:
    """The place is free, and the result stored, before the report is written to a terminal that may have stopped."""
    (server.repository("alice") / "hooks" / "post-receive").unlink()
    before, commit = alice.git("rev-parse", "HEAD").strip(), alice.commit(first="# right\n")
    alice.push()
    terminal = Terminal(server)
    sys.argv[1:] = [str(server.folder)]
    receive(Desk(server, Teller(terminal), "en", grade), "alice", [Update(before, commit, "refs/heads/main")])
    assert [is_graded for text, is_graded in terminal.told if text.startswith("Grading")] == [True]
    shown = [
        is_graded for text, is_graded in terminal.told if "All 10 points" in text or text.startswith("All lessons")
    ]
    assert shown == [False, False]


def test_two_pushes_at_once_to_one_repository_are_graded_one_after_the_other(
    server: Server, clone: Callable[..., Student], held: Path
) -> None:
    """The second is stored while the first is being graded; each commit gets its own result."""
    alice, at_home = clone("alice"), clone("alice", "at_home")
    first = alice.commit(first="# hold, not yet\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:  # open as soon as the first one is being graded
        at_home.git("pull", "-q", "origin", "main")
        second = at_home.commit(second="# right\n")
        next_one = start_push(at_home)
        read_until("An earlier push of yours is still being graded; this one comes next.", next_one)
        assert resolve(server.repository("alice"), "main") == second
        assert len(events(server)) == 2
        pipe.write("go")
    assert "0 of" in said(pushing)
    assert f"Not changed: {FIRST.name} 0/10" in said(next_one)
    results = [store.kept(server, "alice", commit) for commit in (first, second)]
    assert [result and result.full.points for result in results] == [0, 10]
    assert [what for _, what, _ in events(server)] == ["work", "work", "graded", "graded"]


def read_until(sentence: str, pushing: "subprocess.Popen[bytes]") -> None:
    """Read what a push says up to this sentence; the rest is left to be read."""
    assert pushing.stdout is not None
    text = ""
    while sentence not in " ".join(text.replace("remote:", "").split()):
        more = os.read(pushing.stdout.fileno(), 4096).decode()
        assert more, text
        text += more


def wait_for(condition: Callable[[], bool]) -> None:
    """Go on when the condition holds; fail when it does not for long, also on a machine that is very busy."""
    for _ in range(4800):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail("it did not happen")


def test_who_comes_second_to_the_same_commit_is_told_by_git_and_loses_nothing(
    server: Server, clone: Callable[..., Student]
) -> None:
    alice, at_home = clone("alice"), clone("alice", "at_home")
    alice.commit(first="# right\n")
    alice.push()
    at_home.commit(second="# right\n")
    assert "[rejected]" in at_home.push(check=False)
    at_home.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    assert "All lessons together: 20 of" in at_home.push()


def test_a_student_who_breaks_off_gets_a_result_all_the_same(server: Server, alice: Student, held: Path) -> None:
    commit = alice.commit(first="# hold, right\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:
        os.killpg(pushing.pid, signal.SIGINT)
        pushing.communicate(timeout=120)
        assert pushing.returncode == -signal.SIGINT
        pipe.write("go")
    wait_for(lambda: store.kept(server, "alice", commit) is not None)
    result = store.kept(server, "alice", commit)
    assert result is not None
    assert result.full.points == 10


def test_a_hook_lets_go_of_what_git_left_open(server: Server, alice: Student, held: Path) -> None:
    """Otherwise who pushes into a pipe waits for the whole grading, though the push has ended."""
    alice.commit(first="# hold, right\n")
    reading, writing = os.pipe()
    pushing = start_push(alice, lent=[writing])
    os.close(writing)
    with held.open("w", encoding="utf-8") as pipe, open(reading, "rb") as lent:
        os.killpg(pushing.pid, signal.SIGINT)
        assert select.select([lent], [], [], 60)[0] == [lent]
        assert lent.read() == b""
        pipe.write("go")
    pushing.communicate(timeout=120)
    wait_for(lambda: store.to_do(server, "alice") == [])


def test_no_process_of_a_grading_is_in_the_process_group_of_the_push(
    server: Server, alice: Student, held: Path
) -> None:
    """A git that the hook has started would end on the student's Ctrl-C, and the push have no result."""
    alice.commit(first="# hold, right\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:
        os.killpg(pushing.pid, signal.SIGINT)
        pushing.communicate(timeout=120)
        wait_for(lambda: is_gone(pushing.pid))
        assert store.to_do(server, "alice")
        pipe.write("go")
    wait_for(lambda: store.to_do(server, "alice") == [])


def is_gone(group: int) -> bool:
    """Say whether no process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_of_many_pushes_that_are_broken_off_only_the_newest_waits(server: Server, alice: Student, held: Path) -> None:
    """Whatever the student has broken off: two hooks stay, and every commit gets a result in the end."""
    commits = [alice.commit(first="# hold\n")]
    first = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:
        for number in range(3):
            commits.append(alice.commit(first=f"# not yet {number}\n"))
            pushing = start_push(alice)
            wait_for(lambda: len(store.to_do(server, "alice")) == len(commits))
            os.killpg(pushing.pid, signal.SIGINT)
            pushing.communicate(timeout=120)
        wait_for(lambda: [what for _, what, _ in events(server)].count("postponed") == 2)
        assert sorted(path.suffix for path in server.turns.glob("0*")) == [".grading", ".waiting"]
        pipe.write("go")
    first.communicate(timeout=120)
    wait_for(lambda: not store.to_do(server, "alice"))
    assert all(store.kept(server, "alice", commit) for commit in commits)
    graded = [line.commit for line in store.lines_of(server) if line.what == "graded"]
    assert graded == [commits[0], commits[3], commits[2], commits[1]]


def test_a_push_that_waits_is_postponed_by_a_newer_and_graded_when_the_grader_is_idle(
    server: Server, clone: Callable[..., Student], held: Path
) -> None:
    alice, at_home = clone("alice"), clone("alice", "at_home")
    first = alice.commit(first="# hold, not yet\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:
        at_home.git("pull", "-q", "origin", "main")
        second = at_home.commit(first="# not yet\n", second="# right\n")
        waiting = start_push(at_home)
        wait_for(lambda: len(list(server.turns.glob("*.waiting"))) == 1)
        third = at_home.commit(first="# right\n")
        last = start_push(at_home)
        # The first one is still being graded.
        assert "Your newer push is graded first, this one when the grader has time." in said(waiting)
        assert store.kept(server, "alice", first) is None
        assert {push.commit for push in store.to_do(server, "alice")} == {first, second, third}
        pipe.write("go")
    assert "All lessons together: 0 of" in said(pushing)
    told = said(last)
    assert "All lessons together: 20 of" in told
    assert f"The grader has time for your earlier push {second[:10]}, which was postponed." in told
    assert f"It has 10 of {ALL_POINTS} points." in told
    lines = store.lines_of(server)
    assert [(line.what, line.commit) for line in lines] == [
        ("work", first),
        ("work", second),
        ("work", third),
        ("postponed", second),
        ("graded", first),
        ("graded", third),
        ("graded", second),
    ]
    results = [store.kept(server, "alice", commit) for commit in (first, second, third)]
    assert [result and result.full.points for result in results] == [0, 10, 20]
    assert [result and result.received for result in results] == [line.at for line in lines[:3]]
    assert [each.commit for each in store.newest_kept(server, "alice")] == [third, second, first]
    assert store.to_do(server, "alice") == []


def test_a_postponed_push_is_not_graded_while_somebody_waits(
    server: Server, clone: Callable[..., Student], held: Path
) -> None:
    """A hook catches up with its own student's work only, and takes nobody's place."""
    alice, bob = clone("alice"), clone("bob")
    older = alice.commit(first="# not yet\n")
    store.begin(server, store.Push("alice", older, "refs/heads/main", store.now()))
    with ticket_for_backlog(server.turns, "bob"):
        alice.commit(first="# right\n")
        assert "which was postponed" not in alice.push()
    bob.commit(first="# right\n")
    assert "which was postponed" not in bob.push()
    assert [push.commit for push in store.to_do(server, "alice")] == [older]
    alice.commit(second="# right\n")
    assert "which was postponed" in " ".join(alice.push().split())
    assert store.to_do(server, "alice") == []


def test_more_pushes_than_may_wait_are_postponed(server: Server, clone: Callable[..., Student], held: Path) -> None:
    (server.folder / "most_waiting").write_text("1", encoding="utf-8")
    alice, at_home = clone("alice"), clone("alice", "at_home")
    first = alice.commit(first="# hold\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:
        at_home.git("pull", "-q", "origin", "main")
        second = at_home.commit(first="# right\n")
        with ticket_for_push(server.turns, "bob", lambda: True):
            told = " ".join(at_home.push().split())
        assert f"commit {second[:10]} on main" in told
        assert "1 pushes are waiting already, so yours is kept and graded later. That costs nothing." in told
        assert [push.commit for push in store.to_do(server, "alice")] == [second, first]
        pipe.write("go")
    assert "which was postponed" in said(pushing)
    assert [line.commit for line in store.lines_of(server) if line.what == "graded"] == [first, second]


def holding(server: Server) -> dict[str, Any]:
    """What the small grader says that holds."""
    found: dict[str, Any] = json.loads((server.folder / "holding").read_text(encoding="utf-8"))
    return found


def test_a_hook_that_is_ended_leaves_nothing_behind_and_its_commit_is_graded_later(
    server: Server, alice: Student, held: Path
) -> None:
    commit = alice.commit(first="# hold\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8"):
        told = holding(server)
        child = os.pidfd_open(told["child"])
        os.kill(told["hook"], signal.SIGTERM)
        assert "Your push is stored and safe, but the grader was stopped. That costs nothing." in said(pushing)
        assert select.select([child], [], [], 60)[0], "the child has ended"
        os.close(child)
    assert not Path(told["place"]).exists()
    assert not Path(told["place"]).parent.exists()
    assert [path.name for path in server.turns.iterdir()] == ["queue.lock"]
    assert [push.commit for push in store.to_do(server, "alice")] == [commit]
    assert events(server) == [("alice", "work", None)]
    sys.argv[1:] = [str(server.folder)]
    assert grade_missing(server, grade=_without_holding) == (["alice"], [])
    assert store.kept(server, "alice", commit) is not None
    assert store.to_do(server, "alice") == []


def _without_holding(folder: Path, lessons: list[object], **terms: object) -> object:
    (folder / OF_FIRST).write_text("# right\n", encoding="utf-8")
    return grade(folder, lessons, **terms)  # type: ignore[arg-type]


def test_a_hook_that_waits_and_is_ended_gives_its_place_up(server: Server, alice: Student, held: Path) -> None:
    alice.commit(first="# hold\n")
    pushing = start_push(alice)
    with held.open("w", encoding="utf-8") as pipe:
        commit = alice.commit(first="# right\n")
        waiting = start_push(alice)
        wait_for(lambda: len(list(server.turns.glob("*.waiting"))) == 1)
        (ticket,) = server.turns.glob("*.waiting")
        os.kill(holder_of(ticket), signal.SIGTERM)
        assert "the grader was stopped" in said(waiting)
        assert not list(server.turns.glob("*.waiting"))
        pipe.write("go")
    pushing.communicate(timeout=120)
    assert store.kept(server, "alice", commit) is not None


def holder_of(file: Path) -> int:
    """The process that has locked the file, as the kernel says."""
    inode = f":{file.stat().st_ino} "
    (line,) = [line for line in Path("/proc/locks").read_text(encoding="utf-8").splitlines() if inode in line]
    return int(line.split()[4])


def test_a_commit_whose_hook_has_never_begun_is_found_by_its_reflog(server: Server, alice: Student) -> None:
    """The log gets its line, with the moment that git has written down, also when newer pushes have come since."""
    hook = server.repository("alice") / "hooks" / "post-receive"
    works = hook.read_bytes()
    hook.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    lost = [alice.commit(first=f"# right {number}\n") for number in range(2) if not alice.git("fetch", "-q")]
    for commit in lost:
        alice.push("origin", f"{commit}:main")
    assert events(server) == []
    hook.write_bytes(works)
    last = alice.commit(first="# not yet\n")
    alice.push()
    sys.argv[1:] = [str(server.folder)]
    assert grade_missing(server, grade=grade) == (["alice", "alice"], [])
    assert all(store.kept(server, "alice", commit) for commit in (*lost, last))
    assert [(line.what, line.commit) for line in store.lines_of(server)][2:4] == [("work", lost[0]), ("work", lost[1])]
    counting = store.counting(server, "alice")
    assert counting is not None
    assert counting.commit == last
    assert grade_missing(server, grade=grade) == ([], [])


def test_nothing_of_the_pushers_environment_reaches_the_grader(server: Server, alice: Student, tmp_path: Path) -> None:
    """Nor of the folder it is started in: attack 47 by way of the hook."""
    planted = tmp_path / "planted"
    planted.mkdir()
    for name in ("sitecustomize.py", "msgspec.py", "usercustomize.py", "git", "python3"):
        (planted / name).write_text(f"open({str(planted / 'ran')!r}, 'w')\n", encoding="utf-8")
        (planted / name).chmod(0o700)
    alice.commit(first="# look, right\n")
    surroundings = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "push.default",
        "GIT_CONFIG_VALUE_0": "current",
        "GIT_TRACE2_PARENT_NAME": "x",
        "LANG": "zh_CN.UTF-8",
        "LC_ALL": "",
        "PYTHONHOME": "",
        "PYTHONPATH": str(planted),
        "PYTHONSTARTUP": str(planted / "sitecustomize.py"),
        "TMPDIR": str(planted),
        "PATH": f"{os.environ['PATH']}{os.pathsep}{planted}",
    }
    told = alice.push("origin", "HEAD:main", **surroundings)
    assert f"正在评分：{FIRST.name}" in told  # Chinese
    seen = json.loads((server.folder / "seen.json").read_text(encoding="utf-8"))
    assert set(seen["environment"]) <= {"HOME", "LANG", "LC_ALL", "LC_MESSAGES", "PATH", "TMPDIR"}
    assert seen["environment"]["TMPDIR"] != str(planted)
    assert seen["environment"]["PATH"] == os.defpath
    assert seen["here"] == "/"
    assert str(planted) not in "".join(seen["path"])
    assert seen["files"] == [
        "exercises",
        *sorted(
            f"exercises/{name}"
            for lesson in all_lessons()
            for name in (lesson.name, f"{lesson.name}/{lesson.filename}")
        ),
    ]
    assert not (planted / "ran").exists()


def test_settings_that_a_student_pushes_change_nothing(server: Server, alice: Student) -> None:
    """No attribute, filter, hook, submodule or push option takes part."""
    ran = alice.clone.parent / "ran"
    alice.commit(
        first="# right\n",
        **{
            ".gitattributes": "*.py filter=mine ident export-ignore\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::touch {ran}\n',
            "hooks/post-receive": f"#!/bin/sh\ntouch {ran}\n",
            "exercises/conftest.py": f"open({str(ran)!r}, 'w')\n",
            "config": f"[core]\n\thooksPath = hooks\n\tfsmonitor = touch {ran}\n",
        },
    )
    assert "All lessons together: 10 of" in alice.push()
    assert not ran.exists()


def test_the_servers_own_refs_are_neither_seen_nor_pushed_to(server: Server, alice: Student) -> None:
    commit = alice.commit(first="# right\n")
    alice.push()
    assert "refs/course" not in alice.git("ls-remote", "origin")
    told = alice.push("origin", f":refs/course/graded/{commit}", check=False)
    assert "a hidden ref" in told
    told = alice.push("origin", "HEAD:refs/course/released", check=False)
    assert "a hidden ref" in told
    assert resolve(server.repository("alice"), f"refs/course/graded/{commit}") == commit


def test_a_server_of_somebody_elses_grades_nothing(
    server: Server, alice: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push by way of the folder runs as the student, who must then not need to read the graders."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(server.folder / "server.json", 12345, -1)
    commit = alice.commit(first="# right\n")
    told = alice.push()
    assert "It is not graded now, because this server is not set up for pushes" in " ".join(told.split())
    assert resolve(server.repository("alice"), "main") == commit
    assert events(server) == []
