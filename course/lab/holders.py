"""Modules that hold something of the modules that a world makes anew.

`timeit` binds `time.perf_counter`, `unittest.mock` binds `asyncio`: a module that is first imported inside a run keeps
that run's clocks and locks, and the next run must not meet it. Which modules do so is found out by looking at what they
hold, so that no list of the standard library's modules has to be kept.
"""

import functools
import sys
from collections.abc import Collection, Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType

# Modules that hold something real and may: they never wait while they do (thread numbers, a lock held for a moment),
# or nothing that they do is allowed in a world. C code keeps the first `_strptime` that it meets for good.
_MAY_HOLD_REAL = frozenset({
    "_frozen_importlib", "_frozen_importlib_external", "_py_warnings", "_strptime", "bdb", "dataclasses",
    "functools", "importlib", "reprlib", "socket", "subprocess", "sysconfig", "tempfile", "warnings", "zipimport",
})  # fmt: skip


@functools.cache
def real_holders(real: frozenset[str]) -> frozenset[str]:
    """The loaded modules of the standard library that hold something of the `real` ones: worlds need their own copies.

    To be asked before the first world opens; a starter asks for all its workers.
    """
    candidates = sys.stdlib_module_names - real - _MAY_HOLD_REAL
    return frozenset(holders([name for name in sys.modules if name.partition(".")[0] in candidates], real))


def holders(names: Iterable[str], gone: Collection[str]) -> set[str]:
    """Those of the loaded modules `names` that hold something of the modules `gone`, or of other holders.

    A name in `gone` stands for the whole package. Modules written in C are never among them: they hold nothing that
    can be seen, and cannot be executed anew.
    """
    owners = {}
    for name in names:
        held = getattr(sys.modules.get(name), "__dict__", {})
        if str(held.get("__file__")).endswith(".py"):
            owners[name] = {_owner(value) for value in list(held.values())}
    found = {name for name, theirs in owners.items() if any(owner.partition(".")[0] in gone for owner in theirs)}
    newly = found
    while newly:
        # A package that is executed anew does not find the modules in it that are still loaded: they go with it.
        newly = {
            name
            for name, theirs in owners.items()
            if name not in found and not (theirs.isdisjoint(newly) and newly.isdisjoint(_packages_of(name)))
        }
        found = found | newly
    return found


def _packages_of(name: str) -> list[str]:
    return [name[:position] for position, character in enumerate(name) if character == "."]


_FUNCTIONS = (FunctionType, BuiltinFunctionType, staticmethod)


def _owner(value: object) -> str:
    """The name of the module that `value` comes from; never asks the value itself."""
    kind = type(value)
    if kind is ModuleType:
        name = vars(value).get("__name__")
    elif kind in _FUNCTIONS or isinstance(value, type):
        name = value.__module__
    else:
        name = kind.__module__
    return name if isinstance(name, str) else ""


def forget(names: Iterable[str]) -> None:
    """Have modules imported anew when they are next asked for, also by `from package import module`."""
    for name in names:
        module = sys.modules.pop(name, None)
        parent, _, child = name.rpartition(".")
        package = sys.modules.get(parent)
        if package is not None and vars(package).get(child) is module:
            delattr(package, child)
