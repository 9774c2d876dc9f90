"""Which planted files were opened? The kernel tells (inotify(7)), whoever opened them."""

import ctypes
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class Watched:
    """Plants files in a folder and notes which of them are opened."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._descriptor >= 0
        self._names: dict[int, str] = {}
        self._folder = Path()

    def plant(self, folder: Path, files: Mapping[str, str]) -> None:
        """Write these files, by their paths in `folder`, and watch them."""
        self._folder = folder
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        self.look_at(folder / name for name in files)

    def look_at(self, paths: Iterable[Path]) -> None:
        """Watch files that are there already."""
        for path in paths:
            watch = self._libc.inotify_add_watch(self._descriptor, os.fsencode(path), IN_OPEN)
            assert watch >= 0, os.strerror(ctypes.get_errno())
            self._names[watch] = str(path.relative_to(self._folder))

    def opened(self) -> set[str]:
        """The files that have been opened since they are watched."""
        found = set()
        try:
            while events := os.read(self._descriptor, 1 << 16):
                while events:
                    watch, _, _, length = _EVENT.unpack_from(events)
                    found.add(self._names.get(watch, "?"))
                    events = events[_EVENT.size + length :]
        except BlockingIOError:
            pass
        os.close(self._descriptor)
        return found
