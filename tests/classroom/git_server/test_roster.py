"""Rosters as instructors have them, and as they should not be."""

from pathlib import Path

import pytest

from course.classroom.git_server.roster import RosterError, read_roster


def read(folder: Path, text: str | bytes) -> list[str]:
    """Read a roster with this text."""
    file = folder / "roster"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_roster(file)


@pytest.mark.parametrize(
    "text",
    [
        "alice\nbob.b-2\n",
        "# group A\n\n  alice\nbob.b-2",
        "student\nalice\nbob.b-2\n",
        'name,Student,group\n"Liddell, Alice",alice,A\nBob,bob.b-2,B\n',
        "name;student\r\nAlice;alice\r\n;\r\nBob;bob.b-2\r\n",
        "\ufeffstudent\tname\nalice\tAlice\nbob.b-2\tBob\n",
    ],
    ids=["plain", "comments", "one column", "quotes", "semicolons", "tabs"],
)
def test_names_come_in_the_order_of_the_file(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text) == ["alice", "bob.b-2"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alice\n../bob\n", r"line 2: '\.\./bob' cannot name a repository"),
        ("-rf\n", "line 1: '-rf' cannot name a repository"),
        ("al ice\n", "line 1: 'al ice' cannot name a repository"),
        ("爱丽丝\n", "line 1: '爱丽丝' cannot name a repository: use letters a-z"),
        ("alice\x1b[2J\n", r"line 1: 'alice\\x1b\[2J' cannot name"),
        ("alice.git\n", "ends like files of git's own"),
        ("alice.LOCK\n", "ends like files of git's own"),
        ("x" * 65, "longer than 64 characters"),
        ("alice\nbob\nalice\n", "line 3: alice is in line 1 already"),
        ("alice\nAlice\n", "line 2: Alice differs from alice in line 1 only in capital letters"),
        ("student,name\nalice,A\n,B\n", "line 3: the column `student` is empty"),
        ("name,group\nalice,A\n", "line 1: 'name,group' cannot name a repository"),
        ("", "names nobody"),
        ("student\n", "names nobody"),
        (b"alice\nb\xf6b\n", "is not UTF-8 text"),
    ],
)
def test_each_bad_line_has_its_sentence(text: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=sentence):
        read(tmp_path, text)


def test_all_bad_lines_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RosterError) as told:
        read(tmp_path, "a b\nalice\nc d\nalice\n")
    assert [line.split(": ")[0].rpartition(" ")[2] for line in str(told.value).splitlines()] == ["1", "3", "4"]


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="cannot be read: No such file"):
        read_roster(tmp_path / "none")
