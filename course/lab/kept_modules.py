"""Modules that are executed once in a process and put back into their first state before each run.

Executing `threading` anew takes a third of a millisecond, `asyncio` six; putting them back takes a tenth of that. What
is put back: the names of each module, the attributes of its classes, and all containers, counters, locks and other
objects that can be reached from them and belong to these modules, each in place. So nothing of a run reaches the next.
"""

import copy
import gc
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from operator import is_
from types import ModuleType
from typing import Any, NamedTuple

from course.lab import watched
from course.lab.scheduler import Scheduler
from course.lab.virtual_thread import VirtualThread

HEAP_TYPE = 1 << 9  # the flag of classes that a program can change (Include/object.h)
# Instances are followed when their class comes from one of these, besides the kept modules themselves.
FOLLOWED = ("course", "weakref", "_weakrefset", "_weakref")
_NEVER = frozenset({"__builtins__", "__spec__", "__loader__", "__cached__", "__file__", "__name__", "__doc__"})
_MISSING = object()
_CONTAINERS = (dict, list, set, deque)
_CLASS_DICT = type.__dict__["__dict__"].__get__
_MODULE_OF_CLASS = type.__dict__["__module__"].__get__


class _Counter(NamedTuple):
    """The method `__next__` of an `itertools.count`, bound to a name of a module or of a class."""

    owner: dict[str, Any] | type
    saved: dict[str, Any]
    name: str
    first: Any
    step: Any

    def begin(self) -> None:
        """Put one that begins anew in its place."""
        fresh = self.saved[self.name] = itertools.count(self.first, self.step).__next__
        if isinstance(self.owner, dict):
            self.owner[self.name] = fresh
        else:
            setattr(self.owner, self.name, fresh)


class Snapshot:
    """The state of one module at the moment of its creation."""

    def __init__(self, module: ModuleType, is_kept: Callable[[str], bool]) -> None:
        self._is_kept = is_kept
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._sets: list[tuple[Any, Any]] = []  # sets and deques
        self._classes: list[tuple[type, dict[str, Any]]] = []
        self._locals: list[dict[int, Any]] = []
        self._counters: list[_Counter] = []
        self._slotted: list[tuple[object, dict[str, Any]]] = []
        self._empty: list[Any] = []  # containers that hold nothing
        self._seen: set[int] = set()
        self._names = (vars(module), dict(vars(module)))
        self._follow_names(vars(module), self._names[1])
        self._watched = watched.BEST([vars(module), *(_dict_of(cls) for cls, _ in self._classes)])

    def restore(self) -> None:
        """Put everything back."""
        if not self._watched.is_unchanged():
            _restore_names(*self._names)
            for cls, attributes in self._classes:
                _restore_class(cls, attributes)
            self._watched.accept()
        self._restore_containers()
        for value, held in self._slotted:
            for slot, item in held.items():
                object.__setattr__(value, slot, item)
        for counter in self._counters:
            counter.begin()
        if self._counters:
            self._watched.accept()

    def _restore_containers(self) -> None:
        for container in self._empty:
            if container:
                container.clear()
        for there, saved in self._dicts:
            there.update(saved)
            if len(there) != len(saved) or list(there) != list(saved):
                there.clear()
                there.update(saved)
        for items, kept in self._lists:
            items[:] = kept
        for members, remembered in self._sets:
            members.clear()
            (members.update if isinstance(members, set) else members.extend)(remembered)
        for by_thread in self._locals:
            by_thread.clear()

    # --- what there is -----------------------------------------------------------------------------------------

    def _follow_names(self, owner: dict[str, Any] | type, saved: dict[str, Any]) -> None:
        for name, value in saved.items():
            counter = getattr(value, "__self__", None) if type(value) is _METHOD else None
            if isinstance(counter, itertools.count):
                first = next(counter)  # what a counter will say is only to be had by letting it say so
                self._counters.append(_Counter(owner, saved, name, first, next(counter) - first))
                self._counters[-1].begin()
            elif name not in _NEVER:
                self._follow(value)

    def _follow(self, value: Any) -> None:
        kind = type(value)
        if id(value) in self._seen or isinstance(value, ModuleType | Scheduler | VirtualThread):
            return
        if issubclass(kind, type):
            if value.__flags__ & HEAP_TYPE and self._belongs(value):
                self._follow_class(value)
        elif kind in _CONTAINERS:
            self._seen.add(id(value))
            self._follow_container(value)
        elif self._belongs(kind):
            self._follow_instance(value)

    def _follow_container(self, value: Any) -> None:
        if not value:
            self._empty.append(value)
        elif type(value) is dict:
            self._dicts.append((value, dict(value)))
            for item in list(value.values()):
                self._follow(item)
        elif type(value) is list:
            self._lists.append((value, list(value)))
            for item in value:
                self._follow(item)
        else:
            self._sets.append((value, copy.copy(value)))

    def _belongs(self, cls: type) -> bool:
        root = str(_MODULE_OF_CLASS(cls)).partition(".")[0]
        return root in FOLLOWED or self._is_kept(root)

    def _follow_class(self, cls: type) -> None:
        self._seen.add(id(cls))
        attributes = dict(_CLASS_DICT(cls))
        self._classes.append((cls, attributes))
        self._follow_names(cls, attributes)

    def _follow_instance(self, value: Any) -> None:
        self._seen.add(id(value))
        by_thread = _slot(value, "_local_dicts")
        if by_thread is not None:  # a threading.local: each thread makes its own dict anew
            self._locals.append(by_thread)
            return
        names = _slot(value, "__dict__")
        if type(names) is dict:
            self._seen.add(id(names))
            self._dicts.append((names, dict(names)))
            for item in list(names.values()):
                self._follow(item)
        slots = [slot for cls in type(value).__mro__ for slot in _CLASS_DICT(cls).get("__slots__", ())]
        held = {slot: _slot(value, slot) for slot in slots if slot not in ("__dict__", "__weakref__")}
        if held:
            self._slotted.append((value, held))
            for item in held.values():
                self._follow(item)


_METHOD = type(itertools.count().__next__)


def _dict_of(cls: type) -> dict[str, Any]:
    """The dict behind the read-only view that `vars` gives of a class; to be looked at, not to be written to."""
    found: dict[str, Any] = gc.get_referents(_CLASS_DICT(cls))[0]
    return found


def _slot(value: object, name: str) -> Any:
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def _is_unchanged(there: Mapping[Any, Any], saved: dict[Any, Any]) -> bool:
    """True when both have the same names in the same order for the very same things: without a loop in Python."""
    return (
        len(there) == len(saved)
        and all(map(is_, there.keys(), saved.keys()))
        and all(map(is_, there.values(), saved.values()))
    )


def _restore_names(there: dict[str, Any], saved: dict[str, Any]) -> None:
    """Name by name: a module's dict that is cleared would make its functions look up all their globals anew."""
    if _is_unchanged(there, saved):
        return
    for name, value in saved.items():
        if there.get(name, _MISSING) is not value:
            there[name] = value
    for name in [name for name in there if name not in saved]:
        del there[name]


def _restore_class(cls: type, saved: dict[str, Any]) -> None:
    there = _CLASS_DICT(cls)
    if _is_unchanged(there, saved):
        return
    for name in [name for name in there if name not in saved]:
        type.__delattr__(cls, name)
    for name, value in saved.items():
        if there.get(name, _MISSING) is not value:
            type.__setattr__(cls, name, value)
