"""Snapshots: what a commit hands in, laid out in a folder of ours.

Only what the lessons name is looked at, straight from the objects. A module becomes a regular file. Whatever else lies
in its place (a link, a folder, a file over the limit) becomes an empty thing of the same kind, so that the judge
refuses it in its own words; no link leads anywhere. Folders that no `git add` makes can be pushed as well: what is odd
in one is refused and named, and the other lessons are laid out.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from course.classroom.git_server.git import GitError, beginning
from course.judge.submission import LARGEST_MODULE
from course.lessons import Lesson

NOWHERE = "nowhere"
TOP, EXERCISES = "", "exercises"
# A folder up to this size is read as it is stored: several thousand entries. In a larger one git looks for the names.
READ_WHOLE = 256 << 10
# One over this size is not looked into: about 800,000 entries, and a fifth of a second of git's.
LARGEST_FOLDER = 32 << 20
PER_LINE = 512  # bytes; what git says on an object or an entry that it is asked for is less than half of it

# The kinds of an entry, as its mode says; git takes every other mode for a submodule.
FOLDER, FILE, LINK = 0o040000, 0o100000, 0o120000
OF_KIND = 0o170000
HASH = 20  # bytes

Kind = Literal["folder", "file", "link", "odd"]
# It is not what its folder calls it, is twice there, is not stored, is a submodule, or has too many entries.
Why = Literal["odd_kind", "odd_twice", "odd_lost", "odd_submodule", "odd_many"]


class Entry(NamedTuple):
    """Something in a commit: what it is, the hash of its object, its size in bytes, and why it is odd."""

    kind: Kind
    object: str = ""
    size: int = 0
    why: Why | None = None


class Listed(NamedTuple):
    """An entry of a folder, as it stands there."""

    mode: int
    name: str
    object: str


class Stored(NamedTuple):
    """What git has stored: its kind, which may be `missing`, its hash, and its size in bytes."""

    kind: str
    object: str = ""
    size: int = 0


class Snapshot(NamedTuple):
    """What is told of a commit that is laid out: what is odd among the things that lessons name, by path.

    `folders` are the names of all folders where lessons may lie, at the top and in `exercises`; `unlisted` are those of
    the two that have too many entries.
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
    entries, listings = _entries(repository, commit, places)
    contents = _contents(repository, [entry for path, entry in entries.items() if path in modules and _is_read(entry)])
    if entries[TOP].why:
        (folder / EXERCISES).touch()  # so that lessons are reported as not handed in, instead of as not begun
    for path in sorted(entries.keys() - {TOP}):
        _put(folder / path, entries[path], contents, is_module=path in modules)
    opened = [path for path in (TOP, EXERCISES) if path in entries and entries[path].kind == "folder"]
    return Snapshot(
        odd={path: entry.why for path, entry in entries.items() if entry.why},
        folders={each.name for path in opened for each in listings[path] if each.mode & OF_KIND not in (FILE, LINK)},
        unlisted=[path for path in opened if entries[path].size > READ_WHOLE],
    )


def _entries(
    repository: Path, commit: str, places: list[tuple[str, ...]]
) -> tuple[dict[str, Entry], dict[str, list[Listed]]]:
    """What is at these places and on the way to them, and what is listed in the folders on the way; both by path."""
    (top,) = _stored(repository, [f"{commit}^{{tree}}"])
    found = {TOP: _folder(top)}
    listings: dict[str, list[Listed]] = {}
    for depth in range(max(map(len, places))):
        names: dict[str, set[str]] = {}
        for place in places:
            above = "/".join(place[:depth])
            if len(place) > depth and above in found and found[above].kind == "folder":
                names.setdefault(above, set()).add(place[depth])
        opened = _opened(repository, {path: found[path] for path in names}, names)
        found |= {path: Entry("odd", why="odd_kind") for path in names.keys() - opened.keys()}
        listings |= opened
        at: dict[str, list[Listed]] = {}
        for path, entries in opened.items():
            for each in entries:
                if each.name in names[path]:
                    at.setdefault(f"{path}/{each.name}" if path else each.name, []).append(each)
        stored = _stored(repository, {each.object for entries in at.values() for each in entries})
        objects = {each.object: each for each in stored}
        found |= {path: _entry(entries, objects) for path, entries in at.items()}
    return found, listings


def _opened(repository: Path, folders: dict[str, Entry], names: dict[str, set[str]]) -> dict[str, list[Listed]]:
    """What is listed in these folders, of large ones only these names; those that are broken are left out."""
    whole = _contents(repository, [folder for folder in folders.values() if folder.size <= READ_WHOLE])
    opened = {}
    for path, folder in folders.items():
        with contextlib.suppress(GitError, ValueError):
            raw = whole.get(folder.object)
            opened[path] = _asked(repository, folder, names[path]) if raw is None else _parsed(raw)
    return opened


def _parsed(raw: bytes) -> list[Listed]:
    """The entries of a folder as git stores it: `mode name<NUL>hash`, again and again, in any order.

    Raises:
        ValueError: it is broken.
    """
    entries, at = [], 0
    while at < len(raw):
        end = raw.index(b"\0", at)
        mode, _, name = raw[at:end].partition(b" ")
        at = end + 1 + HASH
        entries.append(Listed(int(mode, 8), name.decode("utf-8", "replace"), raw[end + 1 : at].hex()))
    if at > len(raw):
        raise ValueError("the last hash is cut")
    return entries


def _asked(repository: Path, folder: Entry, names: set[str]) -> list[Listed]:
    """The entries with these names in a large folder; of one that is there again and again, at least two.

    Raises:
        GitError: it is broken.
    """
    command = ("ls-tree", "-z", folder.object, "--", *sorted(names))
    printed, is_all = beginning(repository, *command, most=PER_LINE * len(names))
    if not is_all and len(names) > 1:
        return [each for name in names for each in _asked(repository, folder, {name})]
    lines = (line.partition("\t") for line in printed.decode("utf-8", "replace").split("\0")[:-1])
    return [Listed(int(told.split()[0], 8), name, told.split()[2]) for told, _, name in lines]


def _stored(repository: Path, names: Iterable[str]) -> list[Stored]:
    """What git has stored under each of these names."""
    asked = list(names)
    if not asked:
        return []
    stdin = "".join(f"{name}\n" for name in asked).encode()
    answer, _ = beginning(repository, "cat-file", "--batch-check", stdin=stdin, most=PER_LINE * len(asked))
    lines = (line.split() for line in answer.decode().splitlines())
    return [Stored(line[1], line[0], int(line[2])) if len(line) == 3 else Stored("missing", line[0]) for line in lines]


def _entry(listed: list[Listed], stored: dict[str, Stored]) -> Entry:
    if len(listed) > 1:
        return Entry("odd", why="odd_twice")
    (only,) = listed
    kind = only.mode & OF_KIND
    if kind == LINK:
        return Entry("link")
    if kind == FOLDER:
        return _folder(stored[only.object])
    return _file(stored[only.object]) if kind == FILE else Entry("odd", why="odd_submodule")


def _folder(stored: Stored) -> Entry:
    if stored.kind != "tree":
        return _odd(stored)
    is_too_large = stored.size > LARGEST_FOLDER
    return Entry("odd", why="odd_many") if is_too_large else Entry("folder", stored.object, stored.size)


def _file(stored: Stored) -> Entry:
    return Entry("file", stored.object, stored.size) if stored.kind == "blob" else _odd(stored)


def _odd(stored: Stored) -> Entry:
    return Entry("odd", why="odd_lost" if stored.kind == "missing" else "odd_kind")


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
        told = answer[at:end].decode("utf-8", "replace").split()
        if told[:1] + told[2:] != [name, str(size)]:
            raise GitError(f"{repository}: {name} cannot be read: {' '.join(told)}")
        at = end + 1 + size
        contents[name] = answer[end + 1 : at]
        at += 1
    return contents


def _put(place: Path, entry: Entry, contents: dict[str, bytes], *, is_module: bool) -> None:
    """Put the thing in its place. In that of a module what is odd becomes a folder, and in that of a folder a file."""
    if entry.kind == "link":
        place.symlink_to(NOWHERE)
    elif entry.kind == "folder" or (entry.kind == "odd" and is_module):
        place.mkdir()
    elif not is_module:
        place.touch()
    elif entry.object in contents:
        place.write_bytes(contents[entry.object])
    else:
        with place.open("wb") as file:
            file.truncate(LARGEST_MODULE + 1)
