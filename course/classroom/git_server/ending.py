"""Ending: what a signal to end does to a process that grades. Nothing it has started or written stays."""

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator
from types import FrameType


def end_on(signals: Iterable[signal.Signals]) -> None:
    """Have these signals raise SystemExit, so that children and folders of ours go, and places in the line.

    What is ignored stays so: `nohup` means it.
    """
    for number in signals:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what goes on from here takes only a moment
    raise SystemExit(128 + number)


@contextlib.contextmanager
def scratch() -> Iterator[None]:
    """Have all temporary files, also those of children that are killed, in one folder that goes at the end."""
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # workers may be other users
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            tempfile.tempdir = before[0]
            os.environ.pop("TMPDIR")
            if before[1] is not None:
                os.environ["TMPDIR"] = before[1]
