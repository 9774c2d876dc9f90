"""A release into a folder in use: the course's files are as released, and nothing of a student's is lost."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from course.classroom.editions import Release, ReleaseError
from course.classroom.updating import RECORD, update

FILES = {
    "README.md": b"one\n",
    "exercises/t01/test_a.py": b"assert 1\n",
    ".github/workflows/classroom.yml": b"on: push\n",
}
MODULES = {"exercises/t01/a.py": b"raise NotImplementedError()\n"}
FIRST = Release("classroom", FILES, MODULES)
SECOND = Release("classroom", {**FILES, "README.md": b"two\n"}, MODULES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A student's repository, released once."""
    update(tmp_path / "student", FIRST)
    return tmp_path / "student"


def content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_new_folder_gets_everything(folder: Path) -> None:
    assert content(folder) == FILES | MODULES


def test_the_same_again_changes_nothing(folder: Path) -> None:
    changes = update(folder, FIRST)
    assert not any(vars(changes).values())
    assert content(folder) == FILES | MODULES


def test_a_repository_of_git_without_files_is_a_new_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    update(tmp_path, FIRST)
    assert content(tmp_path) == FILES | MODULES


def test_a_file_of_the_course_is_updated(folder: Path) -> None:
    assert update(folder, SECOND).updated == ["README.md"]
    assert content(folder) == SECOND.files | MODULES


def test_a_module_that_a_student_has_written_in_is_never_touched(folder: Path) -> None:
    module = folder / "exercises/t01/a.py"
    module.write_bytes(b"def a(): ...\n")
    before = module.stat()
    changes = update(folder, Release("classroom", FILES, {"exercises/t01/a.py": b"raise KeyError\n"}))
    assert changes.yours == ["exercises/t01/a.py"]
    assert module.read_bytes() == b"def a(): ...\n"
    assert (module.stat().st_mtime_ns, module.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_stub_that_nobody_has_touched_is_renewed_and_a_missing_one_comes_back(folder: Path) -> None:
    newer = Release("classroom", FILES, {"exercises/t01/a.py": b"new stub\n", "exercises/t02/b.py": b"stub\n"})
    changes = update(folder, newer)
    assert (changes.updated, changes.added) == (["exercises/t01/a.py"], ["exercises/t02/b.py"])
    assert content(folder) == FILES | newer.modules


@pytest.mark.parametrize("saved", [b"\xef\xbb\xbf%b\n", b"%b\r\n", b"\xef\xbb\xbf%b\r\n"])
def test_a_stub_that_an_editor_has_only_saved_again_is_nobodys_work(folder: Path, saved: bytes) -> None:
    (stub,) = MODULES.values()
    (folder / "exercises/t01/a.py").write_bytes(saved % stub.rstrip())
    new = {"exercises/t01/a.py": b"raise NotImplementedError\n"}
    assert update(folder, Release("classroom", FILES, new)).updated == ["exercises/t01/a.py"]
    assert content(folder) == FILES | new


@pytest.mark.parametrize("written", [b"# coding: rot13\n", b"\xff\xfex\0", b"\xe9\n"])
def test_a_module_that_is_no_text_is_a_students_too(folder: Path, written: bytes) -> None:
    (folder / "exercises/t01/a.py").write_bytes(written)
    assert update(folder, FIRST).yours == ["exercises/t01/a.py"]


def test_the_stub_in_another_language_is_nobodys_work(folder: Path) -> None:
    """However it came there: the new release brings its own."""
    module = folder / "exercises/t01/a.py"
    module.write_bytes("# 骨架\n".encode())
    elsewhere = {"exercises/t01/a.py": "# 骨架\n".encode()}
    assert update(folder, Release("classroom", FILES, MODULES, elsewhere)).updated == ["exercises/t01/a.py"]
    assert content(folder) == FILES | MODULES
    module.write_bytes("# 骨架\nx = 1\n".encode())
    assert update(folder, Release("classroom", FILES, MODULES, elsewhere)).yours == ["exercises/t01/a.py"]


def test_a_file_that_a_student_has_added_is_not_looked_at(folder: Path) -> None:
    mine = {"exercises/t01/notes.txt": b"mine\n", "exercises/t01/helper.py": b"x = 1\n", "data/big.bin": b"\xff"}
    for path, text in mine.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(text)
    update(folder, SECOND)
    assert content(folder) == SECOND.files | MODULES | mine


@pytest.mark.parametrize("release", [FIRST, SECOND], ids=["same", "newer"])
def test_a_file_of_the_course_that_was_changed_is_kept_beside_the_released_one(folder: Path, release: Release) -> None:
    for number, name in enumerate(("README.md.orig", "README.md.orig2"), 1):
        (folder / "README.md").write_bytes(b"mine %d\n" % number)
        assert update(folder, release).kept == [("README.md", name)]
    assert content(folder) == release.files | MODULES | {"README.md.orig": b"mine 1\n", "README.md.orig2": b"mine 2\n"}


def test_other_line_ends_are_no_change(folder: Path) -> None:
    (folder / "README.md").write_bytes(b"one\r\n")
    assert update(folder, SECOND).updated == ["README.md"]


def test_what_the_course_does_not_have_any_more_goes_unless_it_was_changed(folder: Path) -> None:
    (folder / "README.md").write_bytes(b"mine\n")
    changes = update(folder, Release("classroom", {}, {}))
    assert changes.left == ["README.md"]
    assert set(changes.removed) == {"exercises/t01/test_a.py", ".github/workflows/classroom.yml"}
    assert content(folder) == {"README.md": b"mine\n"} | MODULES
    assert not (folder / ".github").exists()


def test_a_release_that_was_broken_off_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, left = os.replace, iter(range(3))

    def until_the_disk_is_full(source: str, target: Path) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", until_the_disk_is_full)
        with pytest.raises(ReleaseError, match="cannot be written: No space left on device"):
            update(tmp_path / "student", FIRST)
    update(tmp_path / "student", FIRST)
    assert content(tmp_path / "student") == FILES | MODULES


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x", "utf-8")
    with pytest.raises(ReleaseError, match="holds files, but no release"):
        update(tmp_path, FIRST)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("x", "utf-8")
    with pytest.raises(ReleaseError, match="here is a file"):
        update(tmp_path / "here", FIRST)
    with pytest.raises(ReleaseError, match="cannot be written: Not a directory"):
        update(tmp_path / "here" / "below", FIRST)


def test_a_folder_that_must_not_be_written_is_refused() -> None:
    """As another user, where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o555)
        me = os.geteuid()
        if me == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(ReleaseError, match="cannot be written: Permission denied"):
                update(Path(name) / "student", FIRST)
        finally:
            os.seteuid(me)
            os.chmod(name, 0o755)


def test_the_other_edition_needs_another_folder(folder: Path) -> None:
    with pytest.raises(ReleaseError, match="holds the classroom edition; the self-study edition needs another"):
        update(folder, Release("self-study", FILES, MODULES))


@pytest.mark.parametrize("linked", ["README.md", "exercises", RECORD])
def test_no_link_is_followed(linked: str, folder: Path, tmp_path: Path) -> None:
    """A student's repository may have one that leads to the teacher's files."""
    away = tmp_path / "teacher"
    (folder / linked).rename(away)
    (folder / linked).symlink_to(away)
    before = content(away) if away.is_dir() else away.read_bytes()
    with pytest.raises(ReleaseError, match=f"{linked} is a link"):
        update(folder, SECOND)
    assert before == (content(away) if away.is_dir() else away.read_bytes())


@pytest.mark.parametrize("path", ["../grades.csv", "{outside}", "exercises/../../grades.csv", ".git/config", ""])
def test_a_record_that_names_something_else_is_refused(path: str, folder: Path, tmp_path: Path) -> None:
    """It comes from a student's repository, and what it names and the course does not have would be removed."""
    outside = tmp_path / "grades.csv"
    outside.write_bytes(b"one\n")
    record = json.loads((folder / RECORD).read_bytes())
    record["files"][path.format(outside=outside)] = record["files"]["README.md"]
    (folder / RECORD).write_text(json.dumps(record), "utf-8")
    with pytest.raises(ReleaseError, match="no file of the course"):
        update(folder, FIRST)
    assert outside.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"edition": "classroom"}', '{"edition": 1, "files": {}, "modules": {}}'])
def test_a_damaged_record_is_refused(text: str, folder: Path) -> None:
    (folder / RECORD).write_text(text, "utf-8")
    with pytest.raises(ReleaseError, match="is not what a release has written"):
        update(folder, FIRST)


def test_a_folder_in_a_files_place_is_refused(folder: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "README.md").mkdir()
    with pytest.raises(ReleaseError, match=r"README\.md is in the way"):
        update(folder, FIRST)
