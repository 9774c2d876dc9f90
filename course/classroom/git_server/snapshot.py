"""Snapshots: what a commit hands in, laid out in a folder of ours.

Only what the lessons name is looked at, straight from the objects. A module becomes a regular file. Whatever else lies
in its place (a link, a submodule, a folder, a file over the limit) becomes an empty thing of the same kind, so that the
judge refuses it in its own words; no link leads anywhere. Folders that no `git add` makes can be pushed as well: what
is odd in one is refused and named, and the other lessons are laid out.
"""

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from course.classroom.git_server.git import GitError, beginning
from course.judge.submission import LARGEST_MODULE
from course.lessons import Lesson

NOWHERE = "nowhere"
TOP, EXERCISES = "", "exercises"
# A folder over this size is not looked into. These are about 800,000 entries, and a fifth of a second of git's.
LARGEST_FOLDER = 32 << 20
MOST_NAMES = 64 << 10  # bytes of the names of folders, some thousands of them
PER_LINE = 512  # bytes; what git says on an entry that a lesson names is less than half of it

Kind = Literal["folder", "file", "link", "submodule", "odd"]
# It is not what its folder calls it, or is twice there, or is not stored, or has too many entries.
Why = Literal["odd_kind", "odd_twice", "odd_lost", "odd_many"]


class Entry(NamedTuple):
    """Something in a commit: what it is, the hash of its object, its size in bytes, and why it is odd."""

    kind: Kind
    object: str = ""
    size: int = 0
    why: Why | None = None


class Object(NamedTuple):
    """What git has stored under a hash: its kind, which may be `missing`, and its size in bytes."""

    kind: str
    size: int = 0


class Snapshot(NamedTuple):
    """What is told of a commit that is laid out: what is odd among what the lessons name, by its path.

    `folders` are the names of all folders where lessons may lie, at the top and in `exercises`; `unlisted` names those
    of the two that have too many.
    """

    odd: dict[str, Why]
    folders: set[str]
    unlisted: list[str]


def lay_out(repository: Path, commit: str, lessons: list[Lesson], folder: Path) -> Snapshot:
    """Lay out in `folder` the modules of `lessons` as they are in `commit`.

    Raises:
        GitError: the commit cannot be read.
    """
    folder.mkdir(parents=True)
    places = [(*above, lesson.name, lesson.filename) for lesson in lessons for above in ((), (EXERCISES,))]
    modules = {"/".join(place) for place in places}
    entries = _entries(repository, commit, places)
    read = [entry for path, entry in entries.items() if path in modules and _is_read(entry)]
    contents = _contents(repository, read)
    if entries[TOP].why:
        (folder / EXERCISES).touch()  # so that lessons are reported as not handed in, instead of as not begun
    for path in sorted(entries.keys() - {TOP}):
        _put(folder / path, entries[path], contents, is_module=path in modules)
    above = [path for path in (TOP, EXERCISES) if path in entries and entries[path].kind == "folder"]
    names = {path: _folders_in(repository, commit, path) for path in above}
    return Snapshot(
        odd={path: entry.why for path, entry in entries.items() if entry.why},
        folders=set().union(*(found for found in names.values() if found)),
        unlisted=[path for path, found in names.items() if found is None],
    )


def _entries(repository: Path, commit: str, places: list[tuple[str, ...]]) -> dict[str, Entry]:
    """What is at these places and on the way to them, by path; a folder above which nothing was found is left out."""
    top = f"{commit}^{{tree}}"
    found = {TOP: _folder(top, _objects(repository, [top])[top])}
    for depth in range(1, max(map(len, places)) + 1):
        ways = {place[:depth] for place in places if len(place) >= depth}
        wanted = {"/".join(way) for way in ways if _is_open(found.get("/".join(way[:-1])))}
        listed = _listed(repository, commit, wanted)
        objects = _objects(repository, {name for entries in listed.values() for _, name in entries})
        found |= {path: _entry(entries, objects) for path, entries in listed.items()}
    return found


def _is_open(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "folder"


def _listed(repository: Path, commit: str, wanted: set[str]) -> dict[str, list[tuple[int, str]]]:
    """The modes and hashes that stand at these paths, usually one at each; none at a folder that git cannot read."""
    if not wanted:
        return {}
    command = ("ls-tree", "-z", "--full-tree", commit, "--", *sorted(wanted))
    try:
        listing, is_all = beginning(repository, *command, most=PER_LINE * len(wanted))
    except GitError:
        if len(wanted) == 1:
            return {path.rpartition("/")[0]: [] for path in wanted}
        is_all = False
    if not is_all and len(wanted) > 1:  # each alone, so that the one that is odd says nothing about the others
        return {path: entries for one in wanted for path, entries in _listed(repository, commit, {one}).items()}
    found: dict[str, list[tuple[int, str]]] = {}
    for line in listing.split(b"\0")[:-1]:
        told, _, raw = line.partition(b"\t")
        mode, _, name = told.decode().split()
        path = raw.decode("utf-8", "replace")
        if path in wanted:
            found.setdefault(path, []).append((int(mode, 8), name))
    return found


def _objects(repository: Path, names: Iterable[str]) -> dict[str, Object]:
    """What git has under these names."""
    asked = list(names)
    if not asked:
        return {}
    stdin = "".join(f"{name}\n" for name in asked).encode()
    answer, _ = beginning(repository, "cat-file", "--batch-check", stdin=stdin, most=PER_LINE * len(asked))
    lines = (line.split() for line in answer.decode().splitlines())
    found = (Object(line[1], int(line[2])) if len(line) == 3 else Object("missing") for line in lines)
    return dict(zip(asked, found, strict=True))


def _entry(listed: list[tuple[int, str]], objects: dict[str, Object]) -> Entry:
    if len(listed) != 1:
        return Entry("odd", why="odd_twice" if listed else "odd_kind")
    ((mode, name),) = listed
    if stat.S_ISLNK(mode):
        return Entry("link")
    if stat.S_ISDIR(mode):
        return _folder(name, objects[name])
    return _file(name, objects[name]) if stat.S_ISREG(mode) else Entry("submodule")


def _folder(name: str, stored: Object) -> Entry:
    if stored.kind != "tree":
        return _odd(stored)
    return Entry("folder", name) if stored.size <= LARGEST_FOLDER else Entry("odd", why="odd_many")


def _file(name: str, stored: Object) -> Entry:
    return Entry("file", name, stored.size) if stored.kind == "blob" else _odd(stored)


def _odd(stored: Object) -> Entry:
    return Entry("odd", why="odd_lost" if stored.kind == "missing" else "odd_kind")


def _folders_in(repository: Path, commit: str, path: str) -> set[str] | None:
    """The names of the folders in this one; None when there are too many, or git cannot read it."""
    command = ("ls-tree", "-z", "-d", "--name-only", "--full-tree", commit, "--", *([f"{path}/"] if path else []))
    try:
        listing, is_all = beginning(repository, *command, most=MOST_NAMES)
    except GitError:
        return None
    paths = listing.decode("utf-8", "replace").split("\0")[:-1]
    return {path.rpartition("/")[2] for path in paths} if is_all else None


def _is_read(entry: Entry) -> bool:
    return entry.kind == "file" and entry.size <= LARGEST_MODULE


def _contents(repository: Path, entries: list[Entry]) -> dict[str, bytes]:
    """The contents of these objects, by their hash.

    Raises:
        GitError: git does not give what it has.
    """
    sizes = {entry.object: entry.size for entry in entries}
    if not sizes:
        return {}
    stdin = "".join(f"{name}\n" for name in sizes).encode()
    most = sum(size + PER_LINE for size in sizes.values())
    answer, _ = beginning(repository, "cat-file", "--batch", stdin=stdin, most=most)
    contents, at = {}, 0
    for name, size in sizes.items():
        end = answer.find(b"\n", at)
        if answer[at:end] != f"{name} blob {size}".encode():
            raise GitError(f"{repository}: {name} cannot be read: {answer[at:end].decode('utf-8', 'replace')}")
        at = end + 1 + size
        contents[name] = answer[end + 1 : at]
        at += 1
    return contents


def _put(place: Path, entry: Entry, contents: dict[str, bytes], *, is_module: bool) -> None:
    """Put the thing in its place. In that of a module what is odd becomes a folder, and in that of a folder a file."""
    if entry.kind == "link":
        place.symlink_to(NOWHERE)
    elif entry.kind in ("folder", "submodule") or (entry.kind == "odd" and is_module):
        place.mkdir(exist_ok=True)
    elif not is_module:
        place.touch()
    elif entry.object in contents:
        place.write_bytes(contents[entry.object])
    else:
        with place.open("wb") as file:
            file.truncate(LARGEST_MODULE + 1)
