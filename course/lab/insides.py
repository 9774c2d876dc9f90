"""Insides: what functions of the lab enclose and use, and what its objects hold, is not to be had by any name.

CPython raises an audit event for reading some of its own attributes (PEP 578), `tb_frame` for one, whoever asks and by
whatever name. Which ones is a flag beside each attribute (`Py_AUDIT_READ`), and the ways from a function to what it
encloses and uses have none. Here they get it. The lab's classes become as unchangeable as builtin ones, and are not
among the subclasses of `object` that a program finds.
"""

import ctypes
import gc
import sys
from collections.abc import Iterable
from types import FunctionType, MemberDescriptorType, MethodType
from typing import Any

from course.lab.proxies import guard_class_dictionaries

_LAB = __file__[: -len("insides.py")]
# Of structmember.h and object.h, the same from 3.11 to 3.13.
_AUDIT_READ = 2
_IMMUTABLE_TYPE = 1 << 8
_FLAGS_AT = 168  # `tp_flags` in a type, where pointers have 8 bytes

# By type: what leads from a function to all that it can reach.
WAYS: dict[type, tuple[str, ...]] = {FunctionType: ("__closure__", "__globals__"), MethodType: ("__self__",)}


class _Member(ctypes.Structure):
    """PyMemberDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("offset", ctypes.c_ssize_t),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


class _Descriptor(ctypes.Structure):
    """PyMemberDescrObject."""

    _fields_ = (
        ("references", ctypes.c_ssize_t),
        ("kind", ctypes.c_void_p),
        ("owner", ctypes.c_void_p),
        ("name", ctypes.c_void_p),
        ("qualname", ctypes.c_void_p),
        ("member", ctypes.POINTER(_Member)),
    )


def close() -> None:
    """Close the insides of all of the lab that is imported, for this process and those that it forks."""
    guard_class_dictionaries()
    _audit_ways()
    _make_unchangeable(_classes_of_lab())
    _leave_out_of_subclasses()


def _audit_ways() -> None:
    """Let the interpreter raise `object.__getattr__` for the `WAYS`; where it is built otherwise, nothing changes."""
    for owner, names in WAYS.items():
        for name in names:
            descriptor = vars(owner)[name]
            if type(descriptor) is MemberDescriptorType and sys.implementation.name == "cpython":
                member = _Descriptor.from_address(id(descriptor)).member.contents
                if member.name == name.encode():
                    member.flags |= _AUDIT_READ


def _make_unchangeable(classes: Iterable[type]) -> None:
    """Let nobody set an attribute of these classes any more, by whatever way, as with builtin ones."""
    for each in classes:
        flags = ctypes.c_ulong.from_address(id(each) + _FLAGS_AT)
        if flags.value == each.__flags__:
            flags.value |= _IMMUTABLE_TYPE


def _classes_of_lab() -> Iterable[type]:
    """The classes that the modules of the lab have defined."""
    for name, module in list(sys.modules.items()):
        if name.startswith("course.lab."):
            yield from (each for each in vars(module).values() if isinstance(each, type) and each.__module__ == name)


def _leave_out_of_subclasses() -> None:
    """Let `type.__subclasses__`, which `abc` needs, find no class of the lab, nor the one of greenlets."""
    (names,) = gc.get_referents(vars(type))  # the dictionary itself
    subclasses, module_of, text = type.__subclasses__, vars(type)["__module__"].__get__, str

    def is_of_lab(each: type) -> bool:
        module = module_of(each)
        return type(module) is text and module.startswith(("course.", "greenlet"))

    def __subclasses__(self: type, /) -> list[type]:  # noqa: N807
        found: list[type] = subclasses(self)
        return [each for each in found if not is_of_lab(each)]

    names["__subclasses__"] = __subclasses__
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(type))


class _Kept:
    """An attribute of a class, or of its objects, which only code of the lab sees."""

    __slots__ = ("_read",)

    def __init__(self, value: object) -> None:
        caller, lab = sys._getframe, _LAB

        def read() -> object:
            by = caller(1)  # `__get__`, if it is not called by itself
            if not (by.f_code.co_filename.startswith(lab) and by.f_back.f_code.co_filename.startswith(lab)):  # type: ignore[union-attr]
                raise AttributeError
            return value

        self._read = read

    def __get__(self, instance: object, owner: type | None = None) -> object:
        return self._read()


def kept(value: object) -> Any:
    """For the dictionary of a class: `value`, for the lab only."""
    return _Kept(value)
