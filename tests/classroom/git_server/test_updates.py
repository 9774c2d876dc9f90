"""What a push has done, as git tells it."""

from course.classroom.git_server.git import NOTHING
from course.classroom.git_server.server import Server
from course.classroom.git_server.updates import Update, kind_of, read_updates
from tests.classroom.git_server.conftest import Student

A, B = "a" * 40, "b" * 40


def test_each_line_is_an_update() -> None:
    lines = [f"{A} {B} refs/heads/main\n".encode(), f"{NOTHING} {A} refs/tags/v 1\n".encode()]
    assert read_updates(lines) == [Update(A, B, "refs/heads/main"), Update(NOTHING, A, "refs/tags/v 1")]
    assert [update.name for update in read_updates(lines)] == ["main", "v 1"]


def test_names_need_not_be_text() -> None:
    (update,) = read_updates([f"{A} {B} refs/heads/".encode() + b"b\xff\n"])
    assert update.name == "b\\xff"


def test_work_on_main_goes_on_or_replaces_what_was_there(server: Server, alice: Student) -> None:
    first = alice.git("rev-parse", "HEAD").strip()
    second = alice.commit(first="# wrong\n")
    alice.push()
    alice.git("reset", "-q", "--hard", first)
    other = alice.commit(first="# wrong again\n")
    alice.push("origin", "HEAD:refs/heads/other")
    repository = server.repository("alice")
    main = "refs/heads/main"
    assert kind_of(repository, Update(first, second, main)) == "work"
    assert kind_of(repository, Update(NOTHING, first, main)) == "work"
    assert kind_of(repository, Update(second, other, main)) == "forced"
    assert kind_of(repository, Update(second, first, main)) == "forced"
    assert kind_of(repository, Update(second, NOTHING, main)) == "deleted_main"


def test_everything_besides_main_is_named(server: Server) -> None:
    repository = server.repository("alice")
    kinds = {
        ("refs/heads/main2", B): "branch",
        ("refs/heads/x/main", NOTHING): "deleted_branch",
        ("refs/tags/main", B): "tag",
        ("refs/tags/main", NOTHING): "deleted_tag",
        ("refs/notes/commits", B): "other",
    }
    assert {(ref, new): kind_of(repository, Update(A, new, ref)) for ref, new in kinds} == kinds
