"""Watched dicts: has anybody changed the names of a module, or the attributes of a class?

Most runs change none, and looking at all of them takes longer than whatever else is done between two runs. Since 3.12
CPython tells of each change to a dict that it is asked to watch. Before, all of them have to be looked at.
"""

import atexit
import ctypes
import gc
import sys
from operator import is_
from typing import Any, Protocol


class Watched(Protocol):
    """Some dicts: do they still have the same names in the same order for the very same things?"""

    def __init__(self, dicts: list[dict[str, Any]]) -> None: ...

    def is_unchanged(self) -> bool:
        """False when somebody has changed one of them."""

    def accept(self) -> None:
        """From now on, what they are at this moment is right."""


class LookedAt:
    """Looks at all dicts at once.

    What a dict refers to, as the garbage collector sees it, are its values in their order: far quicker to come by than
    value by value.
    """

    def __init__(self, dicts: list[dict[str, Any]]) -> None:
        self._dicts = dicts
        self._names = list(map(list, dicts))
        self.accept()

    def is_unchanged(self) -> bool:
        """As `Watched.is_unchanged`."""
        things = gc.get_referents(*self._dicts)
        return (
            len(things) == len(self._things)
            and all(map(is_, things, self._things))
            and list(map(list, self._dicts)) == self._names
        )

    def accept(self) -> None:
        """As `Watched.accept`; the names are the same."""
        self._things = gc.get_referents(*self._dicts)


_changed: set[int] = set()  # the addresses of dicts that are watched and have been changed


def _note_change(event: int, address: int, key: int, value: int) -> int:
    _changed.add(address)
    return 0


class Told:
    """Is told of each change (`PyDict_Watch`, "Dictionary Objects" in the manual of the C API)."""

    def __init__(self, dicts: list[dict[str, Any]]) -> None:
        self._addresses = set(map(id, dicts))
        for watched in dicts:
            ctypes.pythonapi.PyDict_Watch(_NUMBER, ctypes.py_object(watched))
        self.accept()  # an address may have been that of another dict, which is gone

    def is_unchanged(self) -> bool:
        """As `Watched.is_unchanged`."""
        return _changed.isdisjoint(self._addresses)

    def accept(self) -> None:
        """As `Watched.accept`."""
        _changed.difference_update(self._addresses)


_callback = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int, *[ctypes.c_void_p] * 3)(_note_change)
_CAN_TELL = sys.version_info >= (3, 12)
_NUMBER: int = ctypes.pythonapi.PyDict_AddWatcher(_callback) if _CAN_TELL else 0
if _CAN_TELL:  # dicts are cleared when Python ends, and then there is no `ctypes` any more that could be told
    atexit.register(ctypes.pythonapi.PyDict_ClearWatcher, _NUMBER)
BEST: type[Watched] = Told if _CAN_TELL else LookedAt
