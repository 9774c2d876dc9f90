"""What is kept: results by commit, and which of them counts."""

import json
import os
import threading
from collections.abc import Callable

from course.classroom.git_server import store
from course.classroom.git_server.server import Server
from course.classroom.git_server.store import GradedPush, Push
from tests.classroom.git_server.conftest import Student
from tests.report import samples


def push(commit: str, points: int = 3) -> GradedPush:
    """Make the result of a commit."""
    result = samples.result(points=points)
    return GradedPush(
        schema="course/graded-push/v1",
        student="alice",
        commit=commit,
        ref="refs/heads/main",
        received="2026-11-22T18:05:00+00:00",
        keys={},
        full=result,
        view=result,
    )


def test_what_was_kept_is_found_by_its_commit(server: Server) -> None:
    store.keep(server, push("a" * 40))
    assert store.kept(server, "alice", "a" * 40) == push("a" * 40)
    assert store.kept(server, "alice", "b" * 40) is None
    assert store.kept(server, "bob", "a" * 40) is None


def test_results_are_for_the_server_alone(server: Server) -> None:
    store.keep(server, push("a" * 40))
    store.note(server, store.pushed(Push("alice", "a" * 40, "refs/heads/main", "now"), "work", "b" * 40))
    places = [server.folder, server.folder / "results", server.results("alice") / f"{'a' * 40}.json", server.log]
    assert [place.stat().st_mode & 0o077 for place in places] == [0, 0, 0, 0]


def test_a_broken_file_is_no_result_and_does_not_hide_the_others(server: Server) -> None:
    store.keep(server, push("a" * 40))
    store.keep(server, push("b" * 40))
    (server.results("alice") / f"{'b' * 40}.json").write_text("{", encoding="utf-8")
    assert store.kept(server, "alice", "b" * 40) is None
    assert [each.commit for each in store.newest_kept(server, "alice")] == ["a" * 40]


def test_the_result_of_mains_tip_counts_whenever_it_was_stored(server: Server, alice: Student) -> None:
    tip = alice.git("rev-parse", "HEAD").strip()
    for age, commit in enumerate((tip, "a" * 40)):
        store.keep(server, push(commit, points=age))
        os.utime(server.results("alice") / f"{commit}.json", (age, age))
    counting = store.counting(server, "alice")
    assert counting is not None
    assert counting.commit == tip


def test_the_last_stored_result_counts_when_the_tip_has_none(server: Server) -> None:
    assert store.counting(server, "alice") is None
    for age, commit in enumerate(("b" * 40, "a" * 40)):
        store.keep(server, push(commit))
        os.utime(server.results("alice") / f"{commit}.json", (age, age))
    counting = store.counting(server, "alice")
    assert counting is not None
    assert counting.commit == "a" * 40


def test_the_log_has_whole_lines_whoever_writes_at_once(server: Server) -> None:
    def write(number: int) -> None:
        for turn in range(20):
            store.note(server, store.graded(Push(f"{number}", f"{turn}", "r" * 500, "now"), push("a" * 40)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = store.lines_of(server)
    assert len(lines) == 100
    assert {(line.student, line.commit) for line in lines} == {(f"{a}", f"{b}") for a in range(5) for b in range(20)}


def test_the_log_is_text_that_does_nothing(server: Server, alice: Student, clone: Callable[..., Student]) -> None:
    store.note(server, store.pushed(Push("alice", "a", "refs/heads/\u202ex\x1b", "now"), "branch", "b"))
    raw = server.log.read_bytes()
    assert raw.isascii()
    assert json.loads(raw)["ref"] == "refs/heads/\u202ex\x1b"
