"""Carriers: OS threads that carry one virtual thread after another, because starting OS threads is slow.

A carrier whose virtual thread never ends (it swallows its orders to stop) is lost to it and never comes back.
"""

import _thread
import contextvars
import sys
from collections.abc import Callable
from typing import Any

_idle: list["_Carrier"] = []


class _Carrier:
    def __init__(self) -> None:
        self.task: Callable[[], object] | None = None
        self.go = _thread.allocate_lock()
        self.go.acquire()
        _thread.start_new_thread(self._carry_for_ever, ())

    def _carry_for_ever(self) -> None:
        while True:
            self.go.acquire()
            assert self.task is not None
            contextvars.Context().run(self.task)
            self.task = None
            sys.settrace(None)
            sys.setprofile(None)
            _idle.append(self)


def carry(function: Callable[..., object], *args: Any) -> None:
    """Run `function` on an OS thread of its own, in a context of its own, as a new thread would."""
    carrier = _idle.pop() if _idle else _Carrier()
    carrier.task = lambda: function(*args)
    carrier.go.release()
