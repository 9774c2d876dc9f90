"""Carriers: what runs the code of a virtual thread, and can stop in the middle of it for as long as others run.

A carrier is a greenlet: it has a stack of its own, but all of them share one OS thread, so that a switch costs half a
microsecond and not twenty. Points in a student's source are plain calls, in which a greenlet may stop. Trace functions
are not: where every instruction is a point, OS threads carry the virtual threads (`os_threads`).

What CPython keeps for each OS thread is swapped with the greenlets: greenlets themselves do so for exceptions, contexts
and the depth of recursion; `rest` for the hooks of asynchronous generators, and for the objects that are being shown by
`repr` at this moment, which it shows as `...` when it meets them again.
"""

import ctypes
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn, Protocol, cast

from greenlet import getcurrent, greenlet

from course.lab.os_threads import OsThread

_thread_dict = ctypes.pythonapi.PyThreadState_GetDict
_thread_dict.restype = ctypes.c_void_p
# Of the OS thread on which all runs of this process happen. CPython keeps a list under this name (Objects/object.c).
_of_os_thread: dict[str, Any] = ctypes.cast(_thread_dict(), ctypes.py_object).value
_SHOWN = "Py_Repr"
_NO_HOOKS = (None, None)
_frames_of_os_threads = sys._current_frames  # worlds have one of their own
# Greenlets that have done their task wait here for another one: for each new one CPython asks the system for memory,
# which took an eighth of a run. Not more of them than programs have threads at a time, most programs.
_idle: list[greenlet] = []
_MOST_IDLE = 32


class Carrier(Protocol):
    """What runs a task, a stretch at a time."""

    def go_on(self) -> object:
        """Let the task run until it rests or ends. For whoever has made the carrier, on the same OS thread."""

    def rest(self, other: Any) -> None:
        """For the task: stop here, and come back when `go_on` is called again.

        Meanwhile `other`, a carrier of the same kind, goes on, or whoever has called `go_on` last. Only a hint: the
        latter has to see to it that `other` goes on.
        """

    def park(self) -> NoReturn:
        """For the task: rest for good."""


class Greenlet:
    """A carrier on the stack of the OS thread that makes it. The task has a context of its own, as in a new thread."""

    def __init__(self, task: Callable[[], object]) -> None:
        here = getcurrent()
        hub = here.parent or here  # the first greenlet of the OS thread is the one that runs the scheduler
        self._greenlet = _idle.pop() if _idle and _idle[-1].parent is hub else greenlet(_carry, hub)
        self._task: Callable[[], object] | None = task
        self._leave = hub.switch
        self.go_on: Callable[[], object] = self._begin

    def _begin(self) -> object:
        task, self._task = self._task, None
        self.go_on = self._greenlet.switch
        return self._greenlet.switch(task)

    def rest(self, other: "Greenlet") -> None:
        """As `Carrier.rest`. A task begins when its caller says so: it is to have all the depth of its stack."""
        next_one = other.go_on if other._task is None and other is not self else self._leave
        shown = _of_os_thread.pop(_SHOWN, None)
        hooks = sys.get_asyncgen_hooks()
        if hooks != _NO_HOOKS:
            sys.set_asyncgen_hooks(*_NO_HOOKS)
        next_one()
        if hooks != _NO_HOOKS:
            sys.set_asyncgen_hooks(*hooks)
        if shown is not None:
            _of_os_thread[_SHOWN] = shown

    def park(self) -> NoReturn:
        """As `Carrier.park`. This call holds its own greenlet: nothing ever collects that, which would unwind it."""
        while True:
            self.rest(self)


def _carry(task: Callable[[], object]) -> None:
    """What a greenlet does: one task after another, each in a new context."""
    me = getcurrent()
    leave = me.parent.switch
    while True:
        task()
        del task  # what a run has left must not outlive it
        if len(_idle) == _MOST_IDLE:
            return
        me.gr_context = None
        _idle.append(me)
        task = leave()


def frame_of(carrier: Carrier) -> FrameType | None:
    """Where a carrier's task rests."""
    if isinstance(carrier, Greenlet):
        return cast("FrameType | None", carrier._greenlet.gr_frame)
    return _frames_of_os_threads().get(cast("OsThread", carrier).ident)
