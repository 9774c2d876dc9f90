"""`course serve-git`, as an instructor calls it; and the whole way of a student, with the real grader."""

import csv
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.classroom.git_server import bringing_up, command, missing, store
from course.classroom.git_server.gradebook import COLUMNS, gradebook
from course.classroom.git_server.server import Server, Terms, open_server
from course.command import main
from course.judge.isolation import Isolation
from course.lessons import all_lessons
from tests.classroom.git_server.conftest import FIRST, OF_FIRST, RELEASE, Student, events
from tests.classroom.git_server.small_grader import grade

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def roster(tmp_path: Path) -> str:
    """A roster with two names."""
    file = tmp_path / "roster.csv"
    file.write_text("student,name\nalice,Alice\nbob,Bob\n", encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server that the command has made, with the whole release and the real grader."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster").write_text("alice\nbob\n", encoding="utf-8")
    (folder / "key").write_bytes(b"k" * 32)
    arguments = ["--roster", str(folder / "roster"), "--require-isolation", "basic", "--key", str(folder / "key")]
    assert main(["serve-git", str(folder / "git"), *arguments]) == 0
    yield folder / "git"
    shutil.rmtree(folder)


def test_a_student_clones_pushes_the_stub_a_mistake_and_the_right_one(made: Path, tmp_path: Path) -> None:
    student = Student(tmp_path / "alice")
    student.clone.mkdir()
    student.git("clone", "-q", str(made / "alice.git"), ".")
    assert (student.clone / OF_FIRST).read_bytes() == FIRST.exercise.read_bytes()
    student.commit()
    assert "No lesson is begun yet" in student.push()

    mistake = (FIRST.grader / "mistakes" / f"{FIRST.demo}.py").read_text(encoding="utf-8")
    student.commit(first=mistake)
    told = student.push()
    assert f"Grading {FIRST.name} ..." in told
    for part in ("expected ", "got ", "why ", f"look at    {FIRST.filename}:", "diagnosis ", "hint "):
        assert part in told
    assert "s after your push." in told

    right = student.commit(first=FIRST.reference)
    told = student.push()
    assert "✓ All 10 points: every promise is kept." in told
    result = store.kept(open_server(made), "alice", right)
    assert result is not None
    assert (result.full.points, result.view.visibility) == (10, "student")
    assert result.full.isolation.startswith(("basic", "guarded", "strong"))


def test_the_student_is_not_shown_what_only_instructors_see(made: Path, tmp_path: Path) -> None:
    student = Student(tmp_path / "bob")
    student.clone.mkdir()
    student.git("clone", "-q", str(made / "bob.git"), ".")
    mistake = (FIRST.grader / "mistakes" / f"{FIRST.demo}.py").read_text(encoding="utf-8")
    commit = student.commit(first=mistake)
    told = student.push()
    result = store.kept(open_server(made), "bob", commit)
    assert result is not None
    tokens = [check.failure.token for lesson in result.full.lessons for check in lesson.checks if check.failure]
    assert tokens
    assert "course replay" not in told
    assert not [
        check for lesson in result.view.lessons for check in lesson.checks if check.failure and check.failure.token
    ]


def test_terms_are_taken_over_and_can_be_changed(
    roster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(bringing_up, "release_files", lambda *_: RELEASE)
    folder = tmp_path / "git"
    (tmp_path / "key").write_bytes(b"k" * 32)
    first = ["--roster", roster, "--require-isolation", "basic", "--key", str(tmp_path / "key"), "--lang", "zh"]
    assert main(["serve-git", str(folder), *first]) == 0
    assert capsys.readouterr().out == "Made 2 repositories: alice, bob.\n"
    expected = Terms(isolation="basic", key=str(tmp_path / "key"), language="zh")
    assert open_server(folder).terms == expected
    assert main(["serve-git", str(folder)]) == 0
    assert capsys.readouterr().out == "Every repository is up to date.\n"
    assert open_server(folder).terms == expected
    (folder / "server.json").write_text('{"isolation": "basic", "push_mib": 5, "repository_mib": 50}', encoding="utf-8")
    assert main(["serve-git", str(folder), "--lang", "en"]) == 0
    assert open_server(folder).terms == Terms(isolation="basic", language="en", push_mib=5, repository_mib=50)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Who is in the class? `--roster FILE` names a file"),
        (["--roster", "none"], "none cannot be read: No such file or directory."),
        (["--roster", "ROSTER", "--key", "none"], "cannot be read: No such file or directory."),
        (["--results"], "holds no server; `course serve-git"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    arguments: list[str], sentence: str, roster: str, tmp_path: Path, capsys: Capture
) -> None:
    given = [roster if each == "ROSTER" else each for each in arguments]
    assert main(["serve-git", str(tmp_path / "git"), *given]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "git").exists()


def test_a_machine_that_isolates_less_is_refused_until_that_is_accepted(
    roster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(
        "course.classroom.git_server.bringing_up.Bench.isolation", Isolation(layers=("limits",), holes=("network",))
    )
    assert main(["serve-git", str(tmp_path / "git"), "--roster", roster]) == 2
    told = capsys.readouterr().err
    assert "isolation strong is required, and this machine offers guarded" in told
    assert "To accept what this machine offers, add `--require-isolation guarded`." in told
    assert not (tmp_path / "git").exists()


def test_the_results_are_a_gradebook(server: Server, alice: Student, capsys: Capture) -> None:
    alice.commit(first="# right\nimport gc, inspect\ngc.get_objects(), inspect.stack()\n")
    alice.push()
    assert main(["serve-git", str(server.folder), "--results"]) == 0
    table = capsys.readouterr().out
    assert table == gradebook(server).replace("\r\n", "\n") or table == gradebook(server)
    rows = list(csv.DictReader(io.StringIO(gradebook(server))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 2 * len(all_lessons())
    assert rows[0] == {
        **dict.fromkeys(COLUMNS, ""),
        "assignment_name": FIRST.name,
        "roster_identifier": "alice",
        "student_repository_name": "alice.git",
        "student_repository_url": str(server.repository("alice")),
        "submission_timestamp": store.lines_of(server)[0].at,
        "points_awarded": "10",
        "points_available": str(FIRST.max_points),
        "reaches_into_grader": "1",
    }
    assert {row["reaches_into_grader"] for row in rows[1:]} == {"0"}
    assert {(row["points_awarded"], row["submission_timestamp"]) for row in rows[1:]} == {("0", "")}


def test_what_is_not_graded_yet_is_told_beside_the_results(server: Server, capsys: Capture) -> None:
    assert main(["serve-git", str(server.folder), "--results"]) == 0
    assert capsys.readouterr().err == ""
    for student, commits in (("bob", "a"), ("alice", "bc")):
        for commit in commits:
            store.begin(server, store.Push(student, commit * 40, "refs/heads/main", store.now()))
    assert main(["serve-git", str(server.folder), "--results"]) == 0
    told = capsys.readouterr()
    assert told.out == gradebook(server)
    assert "Not graded yet, because they wait or were postponed: alice (2), bob (1)." in told.err
    assert f"`course serve-git {server.folder}` grades them." in told.err


def test_what_was_postponed_is_graded_as_well_after_what_counts(
    server: Server, alice: Student, clone: Callable[..., Student], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(bringing_up, "release_files", lambda *_: RELEASE)
    monkeypatch.setattr(sys, "argv", ["", str(server.folder)])
    monkeypatch.setattr(missing.grade_missing, "__defaults__", (grade,))
    for student in server.students:
        (server.repository(student) / "hooks" / "post-receive").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    bob = clone("bob")
    commits = []
    for student in (alice, bob):
        for source in ("# not yet\n", "# right\n"):
            commits.append(student.commit(first=source))
            student.push()
    for student, commit in zip(("alice", "alice", "bob", "bob"), commits, strict=True):
        push = store.Push(student, commit, "refs/heads/main", store.now())
        store.note(server, store.pushed(push, "work", ""))
        store.begin(server, push)
    assert main(["serve-git", str(server.folder)]) == 0
    assert capsys.readouterr().out.endswith("Graded now, because they had no result: alice (2), bob (2).\n")
    order = [commits[1], commits[3], commits[0], commits[2]]
    assert [line.commit for line in store.lines_of(server) if line.what == "graded"] == order
    assert [store.to_do(server, student) for student in server.students] == [[], []]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_command_that_is_ended_leaves_nothing_behind(
    number: signal.Signals, server: Server, alice: Student, temporary: Path
) -> None:
    (server.repository("alice") / "hooks" / "post-receive").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    commit = alice.commit(first="# hold\n")
    alice.push()
    os.mkfifo(server.folder / "held")
    serving = subprocess.Popen(
        ["env", "--default-signal=HUP,TERM", sys.executable, "-c", SERVES, str(server.folder)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with (server.folder / "held").open("w", encoding="utf-8"):
        told = json.loads((server.folder / "holding").read_text(encoding="utf-8"))
        child = os.pidfd_open(told["child"])
        serving.send_signal(number)
        assert serving.communicate(timeout=120)[1].decode() == f"course: ended by {number.name}\n"
        assert serving.returncode == 128 + number
        assert select.select([child], [], [], 60)[0], "the child has ended"
        os.close(child)
    assert os.listdir(temporary) == []
    assert os.listdir(server.turns) == ["queue.lock"]
    assert [push.commit for push in missing.without_result(server)] == [commit]


SERVES = """
import sys
from course.classroom.git_server import bringing_up, missing
from course.command import main
from tests.classroom.git_server.conftest import RELEASE
from tests.classroom.git_server.small_grader import grade
bringing_up.release_files = lambda *_: RELEASE
missing.grade_missing.__defaults__ = (grade,)
sys.exit(main(["serve-git", sys.argv[1]]))
"""


def test_what_has_no_result_is_graded_when_the_server_is_brought_up_to_date(
    server: Server, alice: Student, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    alice.commit(first="# crash\n")
    alice.push()
    monkeypatch.setattr(bringing_up, "release_files", lambda *_: RELEASE)
    monkeypatch.setattr(sys, "argv", ["", str(server.folder)])
    monkeypatch.setattr(missing.grade_missing, "__defaults__", (grade,))
    assert main(["serve-git", str(server.folder)]) == command.SOME_NOT_GRADED
    assert capsys.readouterr().out.endswith("The grader could not work; see errors.log and the results: alice (1).\n")
    monkeypatch.setattr(missing.grade_missing, "__defaults__", (_without_crashing,))
    assert main(["serve-git", str(server.folder)]) == 0
    assert capsys.readouterr().out.endswith("Graded now, because they had no result: alice (1).\n")
    assert events(server)[-1] == ("alice", "graded", 10)


def _without_crashing(folder: Path, lessons: object, **terms: object) -> object:
    (folder / OF_FIRST).write_text("# right\n", encoding="utf-8")
    return grade(folder, lessons, **terms)  # type: ignore[arg-type]


def test_the_command_is_listed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "course", "serve-git", "--help"], capture_output=True, text=True, check=True
    )
    assert "--roster FILE" in done.stdout
