"""Ending: what a signal to end does to a command that grades. No process it has started stays, and no file."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from course.temporary import short_folder

if sys.platform != "win32":
    import fcntl

PREFIX = "course-"
LOCK = "lock"  # in a folder of ours: locked by the process that has made it, for as long as that lives


class Ended(SystemExit):
    """A signal has ended this process; its exit status is the usual one."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(128 + number)
        self.signal = number


def end_on(signals: Iterable[signal.Signals]) -> None:
    """Have these signals raise `Ended`, so that children and folders of ours go, and places in the line.

    What is ignored stays so: `nohup` means it.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # only that one may choose
    for number in signals:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what goes on from here takes only a moment
    raise Ended(signal.Signals(number))


@contextlib.contextmanager
def scratch() -> Iterator[None]:
    """Have all temporary files, also those of children that are killed, in one folder that goes at the end.

    Folders that killed processes have left are removed, too. Only on Linux: elsewhere paths in it get too long for
    sockets.
    """
    if sys.platform != "linux":
        yield
        return
    above = short_folder(deeper=len(f"/{PREFIX}12345678"))
    _remove_left_folders(Path(above))
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=above, ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # workers may be other users
        with _locked(Path(folder)):
            tempfile.tempdir = os.environ["TMPDIR"] = folder
            try:
                yield
            finally:
                tempfile.tempdir = before[0]
                os.environ.pop("TMPDIR")
                if before[1] is not None:
                    os.environ["TMPDIR"] = before[1]


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which nobody has seen before it is held."""
    with (folder / "new").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / "new").rename(folder / LOCK)
        yield


def _remove_left_folders(above: Path) -> None:
    """Remove the folders of ours whose process has ended without removing them: nothing else gives up the lock."""
    for folder in above.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.geteuid() and not folder.is_symlink():
                with (folder / LOCK).open("rb") as file:
                    if _is_given_up(file):
                        shutil.rmtree(folder, ignore_errors=True)


def _is_given_up(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
