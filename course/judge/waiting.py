"""Waiting until something can be read."""

import select
from collections.abc import Iterable
from typing import Protocol


class HasDescriptor(Protocol):
    """A socket or a file."""

    def fileno(self) -> int: ...


def readable(watched: Iterable[int | HasDescriptor], seconds: float | None = None) -> set[int]:
    """The descriptors, as numbers, that can be read or have come to their end; empty when the time is over before.

    As select(2), but for numbers above 1023 too: a judge may have many files open.
    """
    poll = select.poll()
    for each in watched:
        poll.register(each, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(None if seconds is None else seconds * 1000)}
