"""Snapshots: what a commit hands in, laid out in a folder of ours.

Only what the lessons name is looked at, straight from the objects. A module becomes a regular file. Whatever else lies
in its place (a link, a submodule, a folder, a file over the limit) becomes an empty thing of the same kind, so that the
judge refuses it in its own words; no link leads anywhere.
"""

from pathlib import Path
from typing import NamedTuple

from course.classroom.git_server.git import GitError, git
from course.judge.submission import LARGEST_MODULE
from course.lessons import Lesson

FOLDER, LINK, SUBMODULE = "040000", "120000", "160000"
NOWHERE = "nowhere"
EXERCISES = "exercises"


class Entry(NamedTuple):
    """Something in a commit: its mode, the hash of its object, and its size in bytes (0 for folders)."""

    mode: str
    object: str
    size: int


def lay_out(repository: Path, commit: str, lessons: list[Lesson], folder: Path) -> None:
    """Lay out in `folder` the modules of `lessons` as they are in `commit`.

    Raises:
        GitError: the commit cannot be read.
    """
    folder.mkdir(parents=True)
    places = [(*above, lesson.name, lesson.filename) for lesson in lessons for above in ((), (EXERCISES,))]
    entries = _entries(repository, commit, places)
    contents = _contents(repository, [entry for entry in entries.values() if _is_module(entry)])
    for path in sorted(entries):
        _put(folder / path, entries[path], contents)


def folder_names(repository: Path, commit: str) -> set[str]:
    """The names of all folders where lessons may lie: at the top and in `exercises`.

    Raises:
        GitError: the commit cannot be read.
    """
    list_folders = ("ls-tree", "-z", "-d", "--name-only", "--full-tree", commit, "--")
    listed = git(repository, *list_folders) + git(repository, *list_folders, f"{EXERCISES}/")
    return {path.rpartition(b"/")[2].decode("utf-8", "replace") for path in listed.split(b"\0")[:-1]}


def _entries(repository: Path, commit: str, places: list[tuple[str, ...]]) -> dict[str, Entry]:
    """What is at these places and on the way to them, by path; one call of git for each depth."""
    found: dict[str, Entry] = {}
    for depth in range(1, max(map(len, places)) + 1):
        above = {"/".join(place[: depth - 1]) for place in places if len(place) >= depth} - {""}
        open_folders = {path for path in above if path in found and found[path].mode == FOLDER}
        wanted = {
            "/".join(place[:depth])
            for place in places
            if len(place) >= depth and (depth == 1 or "/".join(place[: depth - 1]) in open_folders)
        }
        if wanted:
            found |= _listed(git(repository, "ls-tree", "-z", "-l", "--full-tree", commit, "--", *sorted(wanted)))
    return found


def _listed(listing: bytes) -> dict[str, Entry]:
    """Read what `ls-tree -z -l` says: `mode type object size<TAB>path`, with a NUL after each."""
    found = {}
    for line in listing.split(b"\0")[:-1]:
        told, _, path = line.partition(b"\t")
        mode, _, name, size = told.decode().split()
        found[path.decode()] = Entry(mode, name, int(size) if size.isdigit() else 0)
    return found


def _is_module(entry: Entry) -> bool:
    return entry.mode not in (FOLDER, LINK, SUBMODULE) and entry.size <= LARGEST_MODULE


def _contents(repository: Path, entries: list[Entry]) -> dict[str, bytes]:
    """The contents of these objects, by their hash."""
    wanted = sorted({entry.object for entry in entries})
    answer = git(repository, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in wanted).encode())
    contents, at = {}, 0
    for name in wanted:
        end = answer.index(b"\n", at)
        head = answer[at:end].decode().split()
        if len(head) != 3 or head[:2] != [name, "blob"]:
            raise GitError(f"{repository}: {name} cannot be read: {' '.join(head)}")
        at = end + 1 + int(head[2])
        contents[name] = answer[end + 1 : at]
        at += 1
    return contents


def _put(place: Path, entry: Entry, contents: dict[str, bytes]) -> None:
    if entry.mode == LINK:
        place.symlink_to(NOWHERE)
    elif entry.mode in (FOLDER, SUBMODULE):
        place.mkdir()
    elif entry.object in contents:
        place.write_bytes(contents[entry.object])
    else:
        with place.open("wb") as file:
            file.truncate(LARGEST_MODULE + 1)
