"""OS threads as carriers, for what greenlets cannot do: to stop inside a trace function. Forty times as slow."""

import _thread
from collections.abc import Callable
from typing import NoReturn


class OsThread:
    """A carrier (see `carriers.Carrier`) that passes a baton: one lock lets it go on, the other its caller."""

    def __init__(self, task: Callable[[], object]) -> None:
        self._task = task
        self._goes_on = _taken_lock()
        self._rests = _taken_lock()
        self.ident = _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        self._goes_on.acquire()
        try:
            self._task()
        finally:
            self._rests.release()

    def go_on(self) -> None:
        """As `Carrier.go_on`, but on an OS thread of its own."""
        self._goes_on.release()
        self._rests.acquire()

    def rest(self, other: object) -> None:
        """As `Carrier.rest`."""
        self._rests.release()
        self._goes_on.acquire()

    def park(self) -> NoReturn:
        """As `Carrier.park`."""
        while True:
            self.rest(self)


def _taken_lock() -> _thread.LockType:
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock
