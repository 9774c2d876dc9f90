"""Carriers: OS threads that carry one virtual thread after another, because starting OS threads is slow.

A carrier whose virtual thread never ends (it swallows its orders to stop) is lost to it and never comes back.
"""

import _thread
import contextlib
import contextvars
import os
import sys
from collections.abc import Callable

_idle: list["Carrier"] = []


class Carrier:
    """An OS thread that sleeps until its `baton` is released, and whenever it acquires that again."""

    def __init__(self) -> None:
        self.task: Callable[[], object] | None = None
        self.baton = _thread.allocate_lock()
        self.baton.acquire()
        _thread.start_new_thread(self._carry_for_ever, ())

    def _carry_for_ever(self) -> None:
        _never_preempt()
        while True:
            self.baton.acquire()
            assert self.task is not None
            contextvars.Context().run(self.task)
            self.task = None
            sys.settrace(None)
            sys.setprofile(None)
            _idle.append(self)


def carrier_of(task: Callable[[], object]) -> Carrier:
    """An OS thread that runs `task` in a context of its own, as a new thread would, once its baton is released."""
    carrier = _idle.pop() if _idle else Carrier()
    carrier.task = task
    return carrier


def _never_preempt() -> None:
    """Let this OS thread wait for its turn when it is woken.

    Whoever passes the baton on still holds the interpreter's lock: a thread that preempts it finds that taken, goes
    back to sleep, and has to be woken once more. On one core that makes 31 switches of 11.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a sandbox may forbid it, and then it is only slower
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
