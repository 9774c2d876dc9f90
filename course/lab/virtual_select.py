"""A world's `select` module: without descriptors, waiting is a sleep in virtual time; with them, it is refused."""

import select
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from course.lab.locks import nanoseconds
from course.lab.refusals import refused
from course.lab.scheduler import Scheduler


class _Poll:
    """A poll object that nothing can be registered with."""

    _course_scheduler: Scheduler
    unit = 0.001  # of `poll`'s timeout, in seconds
    closed = False

    def __init__(self, *_: object, **__: object) -> None:
        """Like the real ones, epoll takes sizes and flags; there is nothing to do with them."""

    register = modify = unregister = refused("waiting for a descriptor (select.poll)")

    def poll(self, timeout: float | None = None, *_: object) -> list[Any]:
        """Sleep for `timeout` units; None and negative: for ever."""
        _sleep(self._course_scheduler, None if timeout is None or timeout < 0 else timeout * self.unit)
        return []

    def close(self) -> None:
        """As of an epoll object."""
        self.closed = True

    def __enter__(self) -> "_Poll":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Epoll(_Poll):
    unit = 1.0
    register = modify = unregister = fileno = fromfd = refused("waiting for a descriptor (select.epoll)")


def _sleep(scheduler: Scheduler, seconds: float | None) -> None:
    if seconds == 0:
        scheduler.give_way()
    else:
        scheduler.block("select", None if seconds is None else nanoseconds(seconds))


def select_module(scheduler: Scheduler) -> ModuleType:
    """A `select` module for one world."""

    def virtual_select(
        readers: Iterable[Any], writers: Iterable[Any], others: Iterable[Any], timeout: float | None = None, /
    ) -> tuple[list[Any], list[Any], list[Any]]:
        if [*readers, *writers, *others]:
            refused("waiting for a descriptor (select.select)")()
        if timeout is not None and timeout < 0:
            raise ValueError("timeout must be non-negative")
        _sleep(scheduler, timeout)
        return [], [], []

    stand_ins = {
        "select": staticmethod(virtual_select),  # like functions written in C, it does not become a method
        "poll": type("poll", (_Poll,), {"_course_scheduler": scheduler}),
        "epoll": type("epoll", (_Epoll,), {"_course_scheduler": scheduler}),
    }
    module = ModuleType("select")
    for name, value in vars(select).items():
        if not name.startswith("__") and name not in ("devpoll", "kqueue"):
            setattr(module, name, stand_ins.get(name, value))
    return module
