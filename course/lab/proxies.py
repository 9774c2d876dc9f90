"""Proxies: the dictionary of a class is not handed to what it is compared or joined with.

`vars(a_class)` is a proxy that nobody can write to. But CPython compares and joins the dictionary behind it, so that
the `__eq__` or `__ror__` of the other side gets that very dictionary, and with it the methods of builtin and lab
classes. Here a copy is compared and joined.
"""

import ctypes
import gc
import operator
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

# In a type, and in its methods for numbers, where pointers have 8 bytes: the same from 3.11 to 3.13 (object.h).
_AS_NUMBER_AT, _COMPARE_AT = 96, 200
_OR_AT = 120
_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")


class _Compared:
    """A class with methods of its own for these: its slots call what stands in a class's dictionary."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return NotImplemented

    def __or__(self, other: object) -> Any:
        return NotImplemented


class _Plain:
    """A class without."""


def guard_class_dictionaries() -> None:
    """Let proxies compare and join copies from now on; where the interpreter is built otherwise, nothing changes."""
    if not _is_laid_out_as_expected():
        return
    methods = {name: _comparing(name) for name in _COMPARISONS} | _joining()
    (names,) = gc.get_referents(vars(MappingProxyType))  # the dictionary itself
    names.update(methods)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(MappingProxyType))
    _slot(MappingProxyType, _COMPARE_AT).value = _slot(_Compared, _COMPARE_AT).value
    _or_of(MappingProxyType).value = _or_of(_Compared).value


def _slot(of: type, offset: int) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address(id(of) + offset)


def _or_of(of: type) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address((_slot(of, _AS_NUMBER_AT).value or 0) + _OR_AT)


def _is_laid_out_as_expected() -> bool:
    if ctypes.sizeof(ctypes.c_void_p) != 8 or not all(_slot(each, _AS_NUMBER_AT).value for each in (_Plain, _Compared)):
        return False
    compares = (
        _slot(_Plain, _COMPARE_AT).value == _slot(object, _COMPARE_AT).value != _slot(_Compared, _COMPARE_AT).value
    )
    return compares and not _or_of(_Plain).value and bool(_or_of(_Compared).value)


def _comparing(name: str) -> Callable[..., Any]:
    original, compare, copy = getattr(MappingProxyType, name), getattr(operator, name), MappingProxyType.copy

    def compared(self: MappingProxyType[Any, Any], other: object, /) -> Any:
        try:
            mine = copy(self)
        except AttributeError:  # a mapping of somebody's own: no dictionary stands behind the proxy
            return original(self, other)
        return compare(mine, other)

    compared.__name__ = compared.__qualname__ = name
    return compared


def _joining() -> dict[str, Callable[..., Any]]:
    copy, proxy, join = MappingProxyType.copy, MappingProxyType, operator.or_

    def __or__(self: MappingProxyType[Any, Any], other: Any, /) -> Any:  # noqa: N807
        return join(copy(self), copy(other) if type(other) is proxy else other)

    def __ror__(self: MappingProxyType[Any, Any], other: Any, /) -> Any:  # noqa: N807
        return join(other, copy(self))

    return {"__or__": __or__, "__ror__": __ror__}
