"""The results of earlier pushes, in a folder that the workflow saves and restores.

Every workflow in the student's repository can write to it. So an entry counts only with a signature, made with the
content of the graders, which are not in that repository; anything else in the folder is a miss. It holds what students
may see, and no more. Whoever has read the graders can sign an entry: the grade of record does not come from here.
"""

import hashlib
import hmac
import os
import tempfile
from pathlib import Path

import msgspec

from course.report.model import LessonResult

LARGEST = 1 << 20


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result of a lesson under a content key, and how the run was isolated."""

    key: str
    lesson: LessonResult
    isolation: str


class Cache:
    """Results by content key; `secret` stands for what only graders know of a lesson."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str, secret: str) -> Kept | None:
        """What was kept under this key, unless somebody else has written it."""
        path = self._folder / f"{key}.json"
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
                return None
            signature, _, content = path.read_bytes().partition(b"\n")
            if not hmac.compare_digest(signature, _signature(content, secret)):
                return None
            kept = msgspec.json.decode(content, type=Kept)
        except (OSError, msgspec.MsgspecError):
            return None
        return kept if kept.key == key else None

    def keep(self, kept: Kept, secret: str) -> None:
        """Keep a result, whatever stands in its place.

        Raises:
            OSError: it cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        content = msgspec.json.encode(kept)
        descriptor, temporary = tempfile.mkstemp(dir=self._folder)
        with open(descriptor, "wb") as file:
            file.write(_signature(content, secret) + b"\n" + content)
        os.replace(temporary, self._folder / f"{kept.key}.json")

    def keep_only(self, keys: set[str]) -> None:
        """Remove what belongs to no lesson as it is now, so that the folder stays small."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if path.suffix == ".json" and path.stem not in keys and (path.is_symlink() or path.is_file()):
                path.unlink()


def _signature(content: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest().encode()
