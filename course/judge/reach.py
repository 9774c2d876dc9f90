"""Reaching into the grader: does a module use what no exercise needs, and what only helps to get at the grader?

A student's module shares its process with the lab, so what could find or replace parts of the lab is refused before
anything runs: frames, the garbage collector's lists, functions' globals, tracing, code made from strings, C functions.
This is read off the syntax tree; the module is not imported. Names that are put together at run time are not seen here:
see SECURITY.md for what else stands in the way, and what does not.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from course.judge.syntax import tree_of

# Modules that are about the interpreter's inside, or the grader itself.
MODULES = frozenset({"_ctypes", "_testcapi", "code", "codeop", "course", "ctypes", "faulthandler", "pdb", "scenarios"})
# Of modules that have other uses as well.
OF_MODULES = {
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
ATTRIBUTES = frozenset(
    {
        "__builtins__", "__closure__", "__code__", "__globals__", "__loader__", "__spec__", "__subclasses__",
        "ag_frame", "cell_contents", "cr_frame", "f_back", "f_builtins", "f_globals", "f_locals", "f_trace", "gi_frame",
        "tb_frame",
    }
)  # fmt: skip
FUNCTIONS = frozenset({"__import__", "breakpoint", "compile", "eval", "exec"})


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
    found = [Reach(what, getattr(node, "lineno", 0)) for node in ast.walk(tree) for what in _reaching(node, aliases)]
    return min(found, key=lambda reach: reach.line, default=None)


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names under which whole modules are known: `import sys as s`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)


def _reaching(node: ast.AST, aliases: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names if _package(alias.name) in MODULES)
        case ast.ImportFrom(module=str(module), names=names):
            if _package(module) in MODULES:
                yield module
            denied = OF_MODULES.get(module, frozenset())
            yield from (
                f"{module}.{alias.name}" for alias in names if alias.name in denied or (alias.name == "*" and denied)
            )
        case ast.Attribute(attr=name) if name in ATTRIBUTES:
            yield name
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
            module = aliases.get(owner, owner)
            if name in OF_MODULES.get(module, ()):
                yield f"{module}.{name}"
        case ast.Name(id=name) if name in ATTRIBUTES:
            yield name
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            yield name
        case ast.Constant(value=str(name)) if name in ATTRIBUTES:
            yield name


def _package(module: str) -> str:
    return module.partition(".")[0]
