"""The judge's end: with the command that has started it, on a signal, or of itself. It leaves no process behind."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

_PR_SET_CHILD_SUBREAPER = 36
# How long processes that were killed may take to end, in real seconds. What is still there then is not ours to end.
LAST_SECONDS = 2.0


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs (prctl(2)), to `reap` them: process 1 of a container may not.

    bubblewrap leaves its own process 1 to whoever comes next.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Take the exit status of every child that is left. All were ended before, and nobody else waits for one."""
    until = time.monotonic() + LAST_SECONDS
    try:
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
    except ChildProcessError:
        return


def end_with_parent(parent: int, close: Callable[[], None]) -> None:
    """On SIGTERM, and when the descriptor `parent` can be read to its end, `close` what is open and end at once.

    It is a pipe, whose other end the command that grades holds as long as it lives.
    """

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        close()
        reap()
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=_watch, args=[parent], name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.read(parent, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
