"""Put a release into a folder, new or in use, so that nothing of a student's is lost.

- A module that a student has written in is never touched. One that is still the stub of the last release, or the stub
  in another language, is nobody's work, and gets the new stub; one that is not there gets its stub.
- Every other file of the course is as released afterwards. One that was changed here is kept beside it as `NAME.orig`.
- A file that the course does not have any more goes, unless it was changed here.
- All other files are the student's. They are not even looked at.

What was released last is recorded in `.course.json`. The folder may be a student's repository, and hostile: no link is
followed, and nothing outside of the folder is written or removed.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import msgspec

from course.classroom.editions import Edition, Release, ReleaseError
from course.judge.source_text import TextError, text_of

RECORD = ".course.json"


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last release has written: a fingerprint for each file."""

    edition: Edition
    files: dict[str, str]
    modules: dict[str, str]


@dataclass
class Changes:
    """What a release has done to a folder; paths relative to it."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)  # changed here: the file, and where the old one is now
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # not of the course any more, but changed here
    yours: list[str] = field(default_factory=list)  # modules that somebody has written in


def update(folder: Path, release: Release) -> Changes:
    """Bring `folder` to what `release` says.

    Raises:
        ReleaseError: the folder is no place for it; nothing was changed. Or it cannot be written.
    """
    try:
        last = _last_record(folder, release.edition)
        gone = sorted(path for path in last.files if path not in release.files and path not in release.modules)
        for path in (RECORD, *release.files, *release.modules, *gone):
            _check_way(folder, path)
        return _apply(folder, release, last, gone)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise ReleaseError(f"{error.filename or folder} cannot be written: {what}.") from error


def _last_record(folder: Path, edition: Edition) -> _Record:
    file = folder / RECORD
    if os.path.lexists(folder) and not folder.is_dir():
        raise ReleaseError(f"{folder} is a file. Name a folder.")
    if not os.path.lexists(file):
        if folder.is_dir() and {path.name for path in folder.iterdir()} - {".git"}:
            raise ReleaseError(f"{folder} holds files, but no release of this course. Name a new or an empty folder.")
        return _Record(edition, {}, {})
    _check_way(folder, RECORD)
    try:
        last = msgspec.json.decode(file.read_bytes(), type=_Record)
    except msgspec.MsgspecError as error:
        raise ReleaseError(f"{file} is not what a release has written: {error}. Bring it back from git.") from error
    if last.edition != edition:
        raise ReleaseError(f"{folder} holds the {last.edition} edition; the {edition} edition needs another folder.")
    return last


def _check_way(folder: Path, path: str) -> None:
    """Make sure that the path stays in the folder, and that only folders lead to a regular file, or to none."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or "\0" in path or {"..", ".git"} & set(parts):
        raise ReleaseError(f"{folder / RECORD} names {path!r}, which is no file of the course.")
    for depth in range(1, len(parts) + 1):
        place = folder.joinpath(*parts[:depth])
        if place.is_symlink():
            raise ReleaseError(f"{place} is a link. Put a file or a folder of the course in its place.")
        if depth < len(parts) and place.exists() and not place.is_dir():
            raise ReleaseError(f"{place} is a file where the course has a folder.")
        if depth == len(parts) and place.exists() and not place.is_file():
            raise ReleaseError(f"{place} is in the way of a file of the course.")


def _apply(folder: Path, release: Release, last: _Record, gone: list[str]) -> Changes:
    folder.mkdir(parents=True, exist_ok=True)
    record = _Record(release.edition, _fingerprints(release.files), _fingerprints(release.modules))
    if not (folder / RECORD).exists():
        _write(folder / RECORD, _encoded(record))  # before all else: what was broken off can be done again
    changes, elsewhere = Changes(), _fingerprints(release.elsewhere)
    for path, content in release.files.items():
        _put_file(folder, path, content, last, changes)
    for path, content in release.modules.items():
        _put_module(folder, path, content, {last.modules.get(path), elsewhere.get(path)}, changes)
    for path in gone:
        _remove(folder, path, last, changes)
    _write(folder / RECORD, _encoded(record))
    return changes


def _put_file(folder: Path, path: str, content: bytes, last: _Record, changes: Changes) -> None:
    place = folder / path
    here = _fingerprint_of(place)
    if here == _fingerprint(content):
        return
    if here is None:
        changes.added.append(path)
    elif here == last.files.get(path):
        changes.updated.append(path)
    else:
        old = _free_name(place)
        os.rename(place, old)
        changes.kept.append((path, old.relative_to(folder).as_posix()))
    _write(place, content)


def _put_module(folder: Path, path: str, content: bytes, stubs: set[str | None], changes: Changes) -> None:
    """Put a module there, unless what is there is none of these `stubs`, by their fingerprints."""
    here = _fingerprint_of_text(folder / path)
    if here == _fingerprint(content):
        return
    if here is not None and here not in stubs:
        changes.yours.append(path)
        return
    (changes.added if here is None else changes.updated).append(path)
    _write(folder / path, content)


def _remove(folder: Path, path: str, last: _Record, changes: Changes) -> None:
    here = _fingerprint_of(folder / path)
    if here is None:
        return
    if here != last.files[path]:
        changes.left.append(path)
        return
    os.unlink(folder / path)
    changes.removed.append(path)
    for above in PurePosixPath(path).parents[:-1]:
        if any((folder / above).iterdir()):
            break
        os.rmdir(folder / above)


def _free_name(place: Path) -> Path:
    """`NAME.orig`, or `NAME.orig2` and so on: what was kept before stays."""
    number, name = 1, place.with_name(f"{place.name}.orig")
    while os.path.lexists(name):
        number += 1
        name = place.with_name(f"{place.name}.orig{number}")
    return name


def _write(place: Path, content: bytes) -> None:
    """Write the file as a whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".course-", dir=place.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, place)
    except BaseException:
        os.unlink(temporary)
        raise


def _encoded(record: _Record) -> bytes:
    return msgspec.json.format(msgspec.json.encode(record, order="sorted"), indent=2) + b"\n"


def _fingerprints(files: dict[str, bytes]) -> dict[str, str]:
    return {path: _fingerprint(content) for path, content in files.items()}


def _fingerprint_of(place: Path) -> str | None:
    return _fingerprint(place.read_bytes()) if place.exists() else None


def _fingerprint_of_text(place: Path) -> str | None:
    """The fingerprint of a module, whatever encoding an editor has saved it in."""
    if not place.exists():
        return None
    raw = place.read_bytes()
    try:
        return _fingerprint(text_of(raw, place.name).encode())
    except TextError:
        return _fingerprint(raw)


def _fingerprint(content: bytes) -> str:
    """The same for both kinds of line ends: git changes them on Windows."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
