"""Notes on a module: what its text uses that is unusual in an exercise, or only helps to get at the grader.

They are read from the syntax tree; the module is not run, and nothing is refused. What counts is what a name stands for
(`meanings`), not how it is spelled: a renamed import is seen through, and a name of the module's own is its own affair.
Which names a module puts together while it runs is not in its text; some of that the interpreter tells (`notes`).
"""

import ast
import importlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

from course.judge.meanings import (
    LOADERS,
    NOTHING,
    OWN_CELLS,
    OWN_FRAME,
    OWN_NAMES,
    Meanings,
    Reading,
    gets,
    in_library,
    is_path,
)
from course.judge.scopes import OWN, Scope, Scopes
from course.judge.syntax import tree_of
from course.language import Sentence, say

MOST_FOUND = 10


class Why(NamedTuple):
    """To which kind something belongs, and what it does."""

    kind: Literal["unusual", "reaches"]
    does: Sentence


class Found(NamedTuple):
    """Something that a module uses, at which lines, of which `line` is the first, and why that is worth a note."""

    what: str
    line: int
    why: Why
    lines: frozenset[int]


# Honest code has reasons for these, though no exercise asks for them. They never cost anything.
DEBUGS = Why("unusual", say("it is an aid for finding errors"))
FRAMES = Why("unusual", say("it looks at the stack of calls"))
TRACES = Why("unusual", say("it follows each step of a program"))
TUNES = Why("unusual", say("it changes how the interpreter works"))
MAKES_CODE = Why("unusual", say("it makes code while the program runs"))
CALLS_C = Why("unusual", say("it works with memory and with functions written in C"))
ADDS = Why("unusual", say("it changes the library where that is older or newer"))
LOOKS_UP = Why("unusual", say("which thing is meant shows only while it runs"))

# Of no use but to somebody who looks for the grader, or wants to change what it works with.
GRADER = Why("reaches", say("it belongs to the grader"))
OBJECTS = Why("reaches", say("it finds all objects of the process, also those of the grader"))
CALLERS = Why("reaches", say("it shows the variables of the code that calls yours"))
ENCLOSED = Why("reaches", say("it shows what a function that is not yours keeps to itself"))
MEMORY = Why("reaches", say("it reads or writes the memory of the process"))
REPLACES = Why("reaches", say("the grader works with the same thing, and gets another one in its place"))
LISTENS = Why("reaches", say("it hears what the grader does"))
HIDES = Why("reaches", say("it hides until it runs which thing is meant"))

# What counts is the path that a name stands for. What is inside of something (`.*`) is as that is, unless it has an
# entry of its own; `None`: it does not count.
_BY_REASON: tuple[tuple[Why | None, str], ...] = (
    (GRADER, "course greenlet scenarios __main__.*"),
    (None, "__main__ __main__.__file__ __main__.__name__ __main__.__spec__"),  # what tells of an interactive session
    (OBJECTS, "gc.get_objects gc.get_referents gc.get_referrers"),
    (OBJECTS, "builtins.object.__subclasses__ builtins.type.__subclasses__"),
    (MEMORY, "_ctypes.PyObj_FromPtr _testcapi _testinternalcapi ctypes.string_at ctypes.wstring_at"),
    (REPLACES, "sys.meta_path sys.path_hooks sys.path_importer_cache"),
    (LISTENS, "sys.addaudithook"),
    (FRAMES, "sys._current_exceptions sys._current_frames sys._getframe sys._getframemodulename"),
    (FRAMES, "inspect.currentframe inspect.getinnerframes inspect.getouterframes inspect.stack inspect.trace"),
    (FRAMES, "inspect.getasyncgenlocals inspect.getcoroutinelocals inspect.getgeneratorlocals inspect.getclosurevars"),
    (FRAMES, "traceback.walk_stack traceback.walk_tb"),
    (TRACES, "cProfile profile sys.call_tracing sys.monitoring sys.setprofile sys.settrace trace"),
    (TRACES, "threading.setprofile threading.setprofile_all_threads threading.settrace threading.settrace_all_threads"),
    (DEBUGS, "bdb builtins.breakpoint code faulthandler pdb sys.breakpointhook sys.remote_exec"),
    (MAKES_CODE, "builtins.compile builtins.eval builtins.exec codeop marshal"),
    (TUNES, "gc.callbacks gc.disable gc.freeze gc.set_debug gc.set_threshold sys.setswitchinterval"),
    (CALLS_C, "_ctypes ctypes"),
)
PATHS = {path: why for why, paths in _BY_REASON for path in paths.split()}

# Attributes of things that the module has not made itself: of functions, frames and tracebacks, for example.
_ATTRIBUTES_BY_REASON = (
    (ENCLOSED, "__closure__ __globals__ cell_contents"),
    (CALLERS, "f_builtins f_globals f_locals"),
    (GRADER, "gr_frame"),
    (FRAMES, "ag_frame cr_frame f_back gi_frame tb_frame"),
    (TRACES, "f_trace"),
)
ATTRIBUTES = {name: why for why, names in _ATTRIBUTES_BY_REASON for name in names.split()}
# What the lab keeps in the things that it lends to programs has names that begin like this.
OF_THE_LAB = "_course_"
# Frames tell the name of the module of a caller, as `logging` and `warnings` do.
TELLS_NO_MORE_THAN_A_NAME = frozenset({"__file__", "__name__"})
# A name that shows only at run time, of one of these, is looked for to hide it.
WHERE_NAMES_HIDE = frozenset({"__main__", "gc", "inspect", "sys"})

# The library that the grader works with as well: who replaces a function or class there does so for both.
SHARED_LIBRARY = frozenset(
    {
        "_thread", "abc", "asyncio", "atexit", "builtins", "collections", "concurrent", "contextlib", "contextvars",
        "copy", "dataclasses", "datetime", "enum", "functools", "gc", "heapq", "importlib", "inspect", "io",
        "itertools", "json", "linecache", "logging", "math", "multiprocessing", "operator", "os", "pickle", "queue",
        "random", "re", "sched", "select", "selectors", "signal", "string", "struct", "subprocess", "sys", "tempfile",
        "textwrap", "threading", "time", "traceback", "types", "typing", "warnings", "weakref",
    }
)  # fmt: skip
# There to be replaced.
HOOKS = frozenset(
    {
        "sys.breakpointhook", "sys.displayhook", "sys.excepthook", "sys.unraisablehook", "threading.excepthook",
        "warnings.formatwarning", "warnings.showwarning",
    }
)  # fmt: skip


def found_in(source: str) -> list[Found]:
    """What stands out in a module, the worst first, each thing once; nothing where the text is no Python at all."""
    try:
        tree = tree_of(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # the run of the module says what is wrong with it
    places: dict[tuple[str, Why], set[int]] = {}
    for what, line, why in _Search(Scopes(tree)).all():
        places.setdefault((what, why), set()).add(line)
    found = [Found(what, min(lines), why, frozenset(lines)) for (what, why), lines in places.items()]
    return sorted(found, key=lambda each: (each.why.kind != "reaches", each.line, each.what))[:MOST_FOUND]


class _Search:
    """Goes through all nodes of a module."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._reading = Reading(scopes)
        self._asking: dict[ast.AST, bool] = {}

    def all(self) -> Iterator[tuple[str, int, Why]]:
        """What is used, at which line, and why that counts; in no order."""
        for node, scope in self._scopes.nodes.items():
            for what, why in self._of(node, scope):
                yield what, getattr(node, "lineno", 0), why

    def _of(self, node: ast.AST, scope: Scope) -> Iterator[tuple[str, Why]]:
        match node:
            case ast.Import() | ast.ImportFrom(level=0):
                yield from (row for path in _imported(node) for row in _row(path))
            case ast.Name(id=name):
                if name.startswith(OF_THE_LAB) and not _is_bound(name, scope):
                    yield name, GRADER
                yield from self._paths(self._reading.meanings(node, scope))
            case ast.Attribute(value=owner, attr=name):
                is_read = isinstance(node.ctx, ast.Load)
                yield from self._attribute(node, self._reading.meanings(owner, scope), name, is_read=is_read)
            case ast.Subscript():
                yield from self._item(node, scope)
            case ast.Call():
                yield from self._call(node, scope)
            case ast.MatchClass(kwd_attrs=names):
                for name in names:
                    yield from self._attribute(node, NOTHING, name)

    def _paths(self, meanings: Meanings) -> Iterator[tuple[str, Why]]:
        for path in filter(is_path, meanings):
            yield from _row(path)

    # --- attributes ----------------------------------------------------------------------------------------------

    def _attribute(
        self, node: ast.AST, owners: Meanings, name: str, *, is_read: bool = True
    ) -> Iterator[tuple[str, Why]]:
        """An attribute that is read, set or deleted, by whatever means `node` does so."""
        yield from self._paths(self._reading.attribute(owners, name) if is_read else in_library(owners, name))
        if not is_read:
            yield from self._replaced(node, in_library(owners, name))
            if name == "__code__":
                yield name, MAKES_CODE if owners and owners <= {OWN} else REPLACES
        elif name == "__dict__":
            yield from ((f"{owner}.__dict__", HIDES) for owner in owners & WHERE_NAMES_HIDE if not self._key(node))
        if name == "from_address" and "ctypes" in self._scopes.imports and name not in self._scopes.attributes:
            yield name, MEMORY
        if name in ATTRIBUTES or name.startswith(OF_THE_LAB):
            yield from self._of_something(node, owners, name)

    def _of_something(self, node: ast.AST, owners: Meanings, name: str) -> Iterator[tuple[str, Why]]:
        """An attribute that counts whatever it is of, unless that is the module's own."""
        is_own = owners and owners <= {OWN, OWN_CELLS}
        if is_own or (name in self._scopes.attributes and OWN_FRAME not in owners):
            return
        why = ATTRIBUTES.get(name, GRADER)
        if why is CALLERS:
            key = self._key(node)
            if owners == {OWN_FRAME} or (key and key <= TELLS_NO_MORE_THAN_A_NAME):
                why = FRAMES
        yield name, why

    def _key(self, node: ast.AST) -> frozenset[str]:
        """The texts by which the value of this node is looked into: `node["key"]` or `node.get("key")`."""
        above = self._scopes.parents.get(node)
        if isinstance(above, ast.Subscript) and above.value is node:
            return self._texts(above.slice)
        call = self._scopes.parents.get(above) if isinstance(above, ast.Attribute) and above.attr == "get" else None
        return self._texts(call.args[0]) if isinstance(call, ast.Call) and call.func is above and call.args else NOTHING

    def _texts(self, node: ast.expr) -> frozenset[str]:
        return self._reading.texts(node, self._scopes.nodes[node])

    def _replaced(self, node: ast.AST, paths: Meanings) -> Iterator[tuple[str, Why]]:
        """What has one of these paths, and is set or deleted."""
        for path in filter(is_path, paths):
            if path not in HOOKS and _is_shared(path):
                yield f"{path} = ...", ADDS if self._fills_a_gap(node) else REPLACES

    def _fills_a_gap(self, node: ast.AST) -> bool:
        """Is it done only where the library lacks it? Then a test of its version, or for the name, is around it."""
        above = self._scopes.parents.get(node)
        while above is not None:
            if isinstance(above, ast.If | ast.ExceptHandler) and self._asks_for_version(above):
                return True
            above = self._scopes.parents.get(above)
        return False

    def _asks_for_version(self, node: ast.If | ast.ExceptHandler) -> bool:
        if node not in self._asking:
            test = node.test if isinstance(node, ast.If) else node.type or node
            asked = {getattr(each, "id", getattr(each, "attr", "")) for each in ast.walk(test)}
            self._asking[node] = not asked.isdisjoint({"AttributeError", "ImportError", "hasattr", "version_info"})
        return self._asking[node]

    # --- items ---------------------------------------------------------------------------------------------------

    def _item(self, node: ast.Subscript, scope: Scope) -> Iterator[tuple[str, Why]]:
        owners = self._reading.meanings(node.value, scope)
        paths = self._reading.meanings(node, scope)
        if OWN_NAMES in owners:
            yield from ((key, GRADER) for key in self._texts(node.slice) if key.startswith(OF_THE_LAB))
        if "sys.modules" in owners:
            yield from self._module(node.slice, self._texts(node.slice), is_read=isinstance(node.ctx, ast.Load))
        elif isinstance(node.ctx, ast.Load):
            yield from self._paths(paths)
        else:
            yield from self._replaced(node, paths)

    def _module(self, key: ast.expr, names: frozenset[str], *, is_read: bool) -> Iterator[tuple[str, Why]]:
        """An entry of `sys.modules`."""
        for name in names:
            yield from _row(name)
            if not is_read and name.partition(".")[0] in SHARED_LIBRARY:
                yield f"sys.modules[{name!r}] = ...", REPLACES
        is_own = getattr(key, "id", getattr(key, "attr", "")) in ("__name__", "__module__")
        if not names and not is_own:
            yield "sys.modules", LOOKS_UP

    # --- calls ---------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope) -> Iterator[tuple[str, Why]]:
        """A call that reaches for something by a name in a text, or by one that only shows at run time."""
        yield from self._paths(self._reading.meanings(node, scope))
        values = [self._reading.meanings(value, scope) for value in node.args[:2]]
        texts = [self._reading.texts(value, scope) for value in node.args[:2]]
        for function in self._reading.meanings(node.func, scope):
            match function, values:
                case "builtins.getattr" | "builtins.setattr" | "builtins.delattr", [owners, _]:
                    yield from self._by_text(node, function.removeprefix("builtins."), owners, texts[1])
                case "builtins.object.__getattribute__", [owners, _]:
                    yield from self._by_text(node, "getattr", owners, texts[1])
                case loader, [_, *_] if loader in LOADERS:
                    named = [row for name in texts[0] for row in _row(name)]
                    yield from named if texts[0] else [(function.rpartition(".")[2], HIDES)]
                case "builtins.vars", [owners]:
                    hidden = owners & WHERE_NAMES_HIDE if not self._key(node) else NOTHING
                    yield from ((f"vars({owner})", HIDES) for owner in hidden)
                case "operator.attrgetter", [_, *_]:
                    for name in (part for text in texts[0] for part in text.split(".")):
                        yield from self._attribute(node, NOTHING, name)
                case "sys.modules.get" | "sys.modules.pop" | "sys.modules.setdefault", [_, *_]:
                    yield from self._module(node.args[0], texts[0], is_read=function.endswith("get"))
                case _, [owners, *_] if gets(function):
                    yield from self._attribute(node, owners, gets(function))

    def _by_text(
        self, node: ast.Call, function: str, owners: Meanings, names: frozenset[str]
    ) -> Iterator[tuple[str, Why]]:
        for name in names:
            yield from self._attribute(node, owners, name, is_read=function == "getattr")
        if _is_put_together(node.args[1]) and not names:
            yield f"{function}(...)", LOOKS_UP
        if not names:
            hidden = WHERE_NAMES_HIDE if function == "getattr" else WHERE_NAMES_HIDE | SHARED_LIBRARY
            yield from ((f"{function}({owner}, ...)", HIDES) for owner in owners & hidden)
            yield from ((f"{function}({owner}, ...)", LOOKS_UP) for owner in (owners & {"builtins"}) - hidden)


def _is_put_together(name: ast.expr) -> bool:
    """Is a name made of pieces of which none tells it? That of a handler, as `"do_" + command`, is told well enough."""
    match name:
        case ast.Call(func=ast.Attribute(attr="join" | "format" | "decode")):
            return True
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=first) | ast.JoinedStr(values=[first, *_]):
            return not isinstance(first, ast.Constant) or str(first.value).startswith("_")
        case ast.Subscript(slice=ast.Slice()):
            return True
    return False


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The paths of what is imported; of a whole module in `from ... import *`."""
    module = node.module if isinstance(node, ast.ImportFrom) else None
    for alias in node.names:
        yield alias.name if module is None else module if alias.name == "*" else f"{module}.{alias.name}"


def _row(path: str) -> Iterator[tuple[str, Why]]:
    """The line of the table that this path belongs to, if there is one."""
    while path and path not in PATHS and f"{path.rpartition('.')[0]}.*" not in PATHS:
        path = path.rpartition(".")[0]
    what = path if path in PATHS else path.rpartition(".")[0]
    why = PATHS.get(path, PATHS.get(f"{what}.*"))
    if why is not None:
        yield what.removeprefix("builtins."), why


def _is_bound(name: str, scope: Scope) -> bool:
    return any(name in each.names or name in each.declared for each in scope.outwards())


def _is_shared(path: str) -> bool:
    """True for a function or class that is there in the library that the grader works with, too."""
    root, *names = path.split(".")
    if root not in SHARED_LIBRARY or not names:
        return False
    found: object = importlib.import_module(root)
    for name in names:
        found = getattr(found, name, None)
    return callable(found)
