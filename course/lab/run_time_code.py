"""Code made at run time by `exec`, `eval` and `compile`: it gets preemption points, as the module's own code does.

During a run the three builtins are functions of this module. They compile text and trees with points that all stand at
the line that made them; code objects run as they are. What the standard library makes from its own templates (data
classes, named tuples, imports) has no points, as the rest of the library has none.

The other ways to new code are refused (`world.refuse_new_code`): `marshal.loads`, the constructor of code objects, the
import of a file that the program has written, and the three themselves where it has got hold of the originals.
"""

import ast
import builtins
import copy
import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

from course.lab.instrument import put_points_at
from course.lab.quietly import quietly
from course.lab.scheduler import Scheduler

# The audit events (PEP 578) without which no code object comes to life.
EVENTS = frozenset({"code.__new__", "compile", "exec", "marshal.loads"})
NAME = "code that is made while it runs, from bytes, from other code or in a file"

# The originals: during a run the builtins of these names are `Makers`'.
compile, exec, eval = builtins.compile, builtins.exec, builtins.eval  # noqa: A001
_TEXT = (str, bytes, bytearray, memoryview)
_LAB = os.path.dirname(os.path.dirname(__file__)) + os.sep
_LIBRARY = os.path.dirname(os.__file__) + os.sep
# Their code is their own business, although a program calls them.
_TEMPLATES = (
    "<frozen ",
    _LAB,
    *(
        os.path.join(_LIBRARY, place)
        for place in (
            "annotationlib.py",
            "ast.py",
            "collections",
            "dataclasses.py",
            "enum.py",
            "importlib",
            "inspect.py",
            "typing.py",
        )
    ),
)
_IMPORTS = ("<frozen importlib", "<frozen zipimport", "<frozen runpy")
_INSTALLED = ("<frozen ", _LAB, _LIBRARY, sys.prefix + os.sep, sys.base_prefix + os.sep)
# Parts of the library that call whatever function a program hands them: as if the program called it.
_CALLS_BACK = re.compile(
    r"[\\/](?:asyncio|concurrent|logging|multiprocessing)[\\/]|[\\/](?:queue|sched|threading)\.py$"
)


def is_refused(event: str, arguments: tuple[object, ...], caller: FrameType) -> bool:
    """True for an audit event by which `caller` makes or runs code for the program on one of the other ways."""
    file = caller.f_code.co_filename
    if file == __file__ and caller.f_back is not None:  # through `Makers`, which imports meet as well
        is_import = caller.f_back.f_code.co_filename.startswith(_IMPORTS)
        return event == "exec" and is_import and not _is_installed(arguments[0])
    if file.startswith("<frozen "):
        return False
    return not os.path.isabs(file) or bool(_CALLS_BACK.search(file))  # programs have no absolute file names


def _is_installed(code: object) -> bool:
    return isinstance(code, CodeType) and code.co_filename.startswith(_INSTALLED)


class Makers:
    """Stand-ins for the builtins `compile`, `exec` and `eval`; their code calls `hooks` by their names."""

    def __init__(self, scheduler: Scheduler, hooks: Mapping[str, Callable[..., Any]]) -> None:
        self._scheduler = scheduler
        self._hooks = hooks

    def by_name(self) -> dict[str, Callable[..., Any]]:
        """The stand-ins by the names of the originals."""
        return {"compile": self._compile, "exec": self._exec, "eval": self._eval}

    def _made(self, source: Any, filename: Any, mode: str, flags: int = 0, **more: Any) -> CodeType:
        """The code of `source` with its points."""
        compile(source, filename, mode, flags, dont_inherit=True, **more)  # raises and warns as always
        site = self._scheduler.current.site if self._scheduler.current is not None else 0
        with quietly():
            if isinstance(source, ast.AST):
                tree = copy.deepcopy(source)
            else:
                tree = compile(source, filename, mode, flags | ast.PyCF_ONLY_AST, dont_inherit=True, **more)
            code: CodeType = compile(put_points_at(site, tree), filename, mode, flags, dont_inherit=True, **more)  # type: ignore[call-overload]
        return code

    def _compile(self, source: Any, filename: Any, mode: str, flags: int = 0, *inherit: Any, **more: Any) -> Any:
        more.pop("dont_inherit", None)  # what there is to inherit would be the lab's
        if inherit[1:]:
            more["optimize"] = inherit[1]
        if flags & ast.PyCF_ONLY_AST or _is_template(sys._getframe(1)):
            return compile(source, filename, mode, flags, dont_inherit=True, **more)
        return self._made(source, filename, mode, flags, **more)

    def _exec(self, source: Any, /, globals: Any = None, locals: Any = None, **closure: Any) -> None:  # noqa: A002
        caller = sys._getframe(1)
        names = self._names(caller, globals, locals)
        if isinstance(source, _TEXT) and not _is_template(caller):
            source = self._made(source, "<string>", "exec")
        exec(source, *names, **closure)

    def _eval(self, source: Any, /, globals: Any = None, locals: Any = None) -> Any:  # noqa: A002
        caller = sys._getframe(1)
        names = self._names(caller, globals, locals)
        if isinstance(source, _TEXT) and not _is_template(caller):
            text = source.lstrip(" \t") if isinstance(source, str) else source  # as the original does
            source = self._made(text, "<string>", "eval")
        return eval(source, *names)

    def _names(self, caller: FrameType, given_globals: Any, given_locals: Any) -> tuple[Any, Any]:
        """The namespaces that the originals would use; the hooks are in them where the usual builtins are not."""
        if given_globals is None:
            given_globals = caller.f_globals
            if given_locals is None:
                in_function = caller.f_code.co_flags & inspect.CO_OPTIMIZED
                given_locals = dict(caller.f_locals) if in_function else caller.f_locals
        elif given_locals is None:
            given_locals = given_globals
        own = given_globals.get("__builtins__") if type(given_globals) is dict else None
        if type(own) is dict and own is not vars(builtins):
            own.update(self._hooks)
        return given_globals, given_locals


def _is_template(caller: FrameType) -> bool:
    return caller.f_code.co_filename.startswith(_TEMPLATES)
