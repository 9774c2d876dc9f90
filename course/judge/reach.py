"""Reaching into the grader: does a module use what no exercise needs, and what only helps to get at the grader?

A student's module shares its process with the lab, so what could find or replace parts of the lab is refused before
anything runs: frames, the garbage collector's lists, functions' globals, tracing, code made from strings, C functions.
This is read off the syntax tree; the module is not imported. Names that are put together at run time are not seen here:
see SECURITY.md for what else stands in the way, and what does not.
"""

import ast
import builtins
from collections.abc import Iterator
from typing import NamedTuple

from course.judge.syntax import tree_of

# Modules that are about the interpreter's inside, or the grader itself.
MODULES = frozenset(
    {
        "__main__", "_ctypes", "_testcapi", "code", "codeop", "course", "ctypes", "faulthandler", "greenlet", "pdb",
        "scenarios",
    }
)  # fmt: skip
FUNCTIONS = frozenset({"__import__", "breakpoint", "compile", "eval", "exec"})
# Of modules that have other uses as well.
OF_MODULES = {
    "builtins": FUNCTIONS,
    "gc": frozenset({"get_objects", "get_referents", "get_referrers", "callbacks", "freeze", "set_debug"}),
    "inspect": frozenset({"currentframe", "getclosurevars", "getouterframes", "getinnerframes", "stack", "trace"}),
    "sys": frozenset(
        {
            "_current_exceptions", "_current_frames", "_getframe", "_getframemodulename", "addaudithook", "audit",
            "breakpointhook", "call_tracing", "meta_path", "modules", "monitoring", "path_hooks",
            "path_importer_cache", "setdlopenflags", "setprofile", "setswitchinterval", "settrace",
        }
    ),
    "threading": frozenset({"setprofile", "setprofile_all_threads", "settrace", "settrace_all_threads"}),
    "traceback": frozenset({"walk_stack", "walk_tb"}),
}  # fmt: skip
# Of these, the same is refused at the moment when it happens (`course.lab.reaching`): a computed name is no harm.
HEARD = frozenset({"threading"})
ATTRIBUTES = frozenset(
    {
        "__builtins__", "__closure__", "__code__", "__func__", "__getattribute__", "__globals__", "__loader__",
        "__self__", "__spec__", "__subclasses__", "ag_frame", "cell_contents", "cr_frame", "f_back", "f_builtins",
        "f_globals", "f_locals", "f_trace", "gi_frame", "gr_frame", "tb_frame",
    }
)  # fmt: skip
# What the lab lends to programs keeps the lab's own things under names that begin like this.
OF_THE_LAB = "_course_"


class Reach(NamedTuple):
    """Something that reaches too far, and the line at which it stands."""

    what: str
    line: int


def reach_of(source: str) -> Reach | None:
    """The first thing in a module that reaches into the grader; None too when the source is no Python at all."""
    try:
        tree = tree_of(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # whoever runs it will say so
    aliases = dict(_aliases(tree))
    own = _own_functions(tree)
    found = [
        Reach(what, getattr(node, "lineno", 0)) for node in ast.walk(tree) for what in _reaching(node, aliases, own)
    ]
    return min(found, key=lambda reach: reach.line, default=None)


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names under which whole modules are known: `import sys as s`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)


def _own_functions(tree: ast.Module) -> dict[str, int]:
    """What the module itself has under the name of a builtin, and from which line on: `from re import compile`."""
    own: dict[str, int] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            own[statement.name] = statement.lineno
        elif isinstance(statement, ast.ImportFrom) and statement.module != "builtins":
            own |= {alias.asname or alias.name: statement.lineno for alias in statement.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            own.pop(node.id, None)  # from there on it would be the builtin again
    return own


def _reaching(node: ast.AST, aliases: dict[str, str], own: dict[str, int]) -> Iterator[str]:
    match node:
        case ast.Import() | ast.ImportFrom():
            yield from _imported(node)
        case ast.Attribute(attr=name) | ast.Constant(value=str(name)) if _is_inside(name):
            yield name
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
            module = aliases.get(owner, owner)
            if name in OF_MODULES.get(module, ()) or (name == "__dict__" and module in OF_MODULES):
                yield f"{module}.{name}"
            elif module == "builtins" and not isinstance(node.ctx, ast.Load) and hasattr(builtins, name):
                yield f"builtins.{name}"  # the lab uses the same one
        case ast.Name(id=name, ctx=ast.Load()) if _is_inside(name):
            yield name
        case ast.Name(id=name, ctx=ast.Load()) if name in FUNCTIONS and node.lineno <= own.get(name, node.lineno):
            yield name
        case ast.Call():
            yield from _by_text(node, aliases)
        case ast.MatchClass(kwd_attrs=names):
            yield from filter(_is_inside, names)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _package(alias.name) in MODULES)
        return
    module = node.module or ""
    denied = OF_MODULES.get(module, frozenset())
    if _package(module) in MODULES:
        yield module
    yield from (
        f"{module}.{alias.name}" for alias in node.names if alias.name in denied or (alias.name == "*" and denied)
    )


def _by_text(call: ast.Call, aliases: dict[str, str]) -> Iterator[str]:
    """What a call reaches for by a name in a text, or by one that only shows at run time."""
    match call:
        case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=owner), name, *_]) if function in (
            "getattr",
            "setattr",
            "delattr",
        ):
            module = aliases.get(owner, owner)
            denied = OF_MODULES.get(module, frozenset())
            harmless = name.value not in denied if isinstance(name, ast.Constant) else module in HEARD
            if denied and not harmless:
                yield f"{function}({owner}, ...)"
        case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id=owner)]) if aliases.get(owner, owner) in OF_MODULES:
            yield f"vars({owner})"
        case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[name, *_]):
            known = isinstance(name, ast.Constant) and _package(str(name.value)) not in MODULES
            if not known:
                yield "import_module"


def _is_inside(name: str) -> bool:
    return name in ATTRIBUTES or name.startswith(OF_THE_LAB)


def _package(module: str) -> str:
    return module.partition(".")[0]
