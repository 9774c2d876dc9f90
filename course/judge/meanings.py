"""Meanings: what the names and expressions of a module stand for, as far as its text tells.

Nothing is run, and the order of statements hardly counts: a name stands for all that is assigned to it in its scope. So
what an expression stands for is a set of meanings: paths into the library (`gc.get_objects`, `builtins.exec`), texts
(`'json`), and what the module has made itself. It is empty where the text does not tell: of parameters, for one.
"""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator

from course.judge.scopes import OWN, Bound, Scope, Scopes

Meanings = frozenset[str]

OWN_FRAME = "<own frame>"  # of the function that asks for it
NOTHING: Meanings = frozenset()
OTHER_FRAME = "<other frame>"
OWN_CELLS = "<own cells>"  # what a function of the module's own encloses
OWN_NAMES = "<own names>"  # what `globals()` gives
_GETS = "<gets>."  # what `operator.attrgetter` makes, with the attribute's name
_TEXT = "'"
_NAMES_OF = ".__dict__"

# So many steps from one expression to the next are followed, and so many alternatives looked at: honest code does not
# need more, and what is read is linear in the length of the text.
DEEPEST = 12
MOST_ALTERNATIVES = 100
LONGEST_TEXT = 200
# Functions that load the module of which the first argument is the name.
LOADERS = frozenset({"builtins.__import__", "importlib.__import__", "importlib.import_module", "pkgutil.resolve_name"})
# Library modules have these as attributes, too: `threading._sys` is `sys`.
EVERYWHERE = frozenset({"builtins", "gc", "inspect", "sys"})


class Reading:
    """Tells what the expressions of a module stand for."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._stars = {module for module in set(scopes.stars) if _is_library(module)}
        self._names: dict[tuple[Scope | None, str, int], Meanings] = {}
        self._calls: dict[tuple[ast.Call, int], Meanings] = {}
        self._free: dict[str, Meanings] = {}
        self._first_lines: dict[tuple[Scope, str], int] = {}

    def meanings(self, node: ast.expr, scope: Scope, depth: int = DEEPEST) -> Meanings:
        """All that an expression in this scope may stand for."""
        if depth <= 0:
            return NOTHING
        match node:
            case ast.Name(id=name):
                return self._name(name, scope, node.lineno, depth)
            case ast.Constant(value=str(text)):
                return frozenset({_TEXT + text})
            case ast.Attribute(value=owner, attr=name):
                return self.attribute(self.meanings(owner, scope, depth - 1), name, depth - 1)
            case ast.Subscript(value=owner, slice=key) if not _alternatives(node):
                owners = self.meanings(owner, scope, depth - 1)
                return self._item(owners, self.texts(key, scope, depth - 1), depth - 1)
            case ast.Call():
                if (node, depth) not in self._calls:
                    self._calls[node, depth] = self._call(node, scope, depth - 1)
                return self._calls[node, depth]
            case ast.Lambda():
                return frozenset({OWN})
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                parts = self.texts(left, scope, depth - 1), self.texts(right, scope, depth - 1)
                return frozenset(map(_TEXT.__add__, _joined(*parts)))
        return self._any(_alternatives(node), scope, depth)

    def texts(self, node: ast.expr, scope: Scope, depth: int = DEEPEST) -> frozenset[str]:
        """The texts that an expression may stand for; none where one of them only shows at run time."""
        found = self.meanings(node, scope, depth)
        is_known = all(meaning.startswith(_TEXT) for meaning in found)
        return frozenset(meaning.removeprefix(_TEXT) for meaning in found) if is_known else frozenset()

    def attribute(self, owners: Meanings, name: str, depth: int = DEEPEST) -> Meanings:
        """What the attribute `name` of something may stand for."""
        found = in_library(owners, name)
        if name == "f_back":
            found |= {OTHER_FRAME}
        if depth > 0 and not (owners and all(map(is_path, owners))):
            found |= self._bound(name, None, depth)
        return found | {OWN_CELLS} if name == "__closure__" and OWN in owners else found

    def _any(self, nodes: list[ast.expr], scope: Scope, depth: int) -> Meanings:
        return NOTHING.union(*(self.meanings(node, scope, depth - 1) for node in nodes[:MOST_ALTERNATIVES]))

    # --- names ---------------------------------------------------------------------------------------------------

    def _name(self, name: str, scope: Scope, line: int, depth: int) -> Meanings:
        """What a name stands for at a line of this scope."""
        for owner in scope.outwards():
            if name in owner.declared:
                return self._name(name, owner.declared[name], 0, depth)
            if name in owner.names:
                runs_in_order = owner is scope and owner.kind in ("module", "class")
                is_early = runs_in_order and 0 < line < self._first_line(name, owner)
                found = self._bound(name, owner, depth)
                return found | self._not_bound(name) if is_early or name in self._scopes.deleted else found
        return self._not_bound(name)

    def _first_line(self, name: str, scope: Scope) -> int:
        """The line at which the scope binds the name first: before, it is the builtin one."""
        if (scope, name) not in self._first_lines:
            self._first_lines[scope, name] = min(bound.line for bound in scope.names[name])
        return self._first_lines[scope, name]

    def _bound(self, name: str, scope: Scope | None, depth: int) -> Meanings:
        """All that is bound to the name in a scope; without one, to an attribute of that name."""
        if (scope, name, depth) not in self._names:
            bounds = self._scopes.attributes.get(name, []) if scope is None else scope.names[name]
            self._names[scope, name, depth] = self._values(bounds, depth)
        return self._names[scope, name, depth]

    def _values(self, bounds: Iterable[Bound], depth: int) -> Meanings:
        found: set[str] = set()
        for bound in bounds:
            if len(found) > MOST_ALTERNATIVES:
                break
            if isinstance(bound.value, str):
                found.add(bound.value)
            elif bound.value is not None:
                read = self._items if bound.of_items else self.meanings
                found |= read(bound.value, bound.scope, depth - 1)
        return frozenset(found)

    def _not_bound(self, name: str) -> Meanings:
        """A name that the module does not bind: of a module from which it imports all, or a builtin one."""
        if name not in self._free:
            found = {f"{module}.{name}" for module in self._stars if _exports(module, name)}
            if not found and name == "__builtins__":
                found = {"builtins"}
            elif not found and hasattr(builtins, name):
                found = {f"builtins.{name}"}
            self._free[name] = frozenset(found)
        return self._free[name]

    # --- items and calls -----------------------------------------------------------------------------------------

    def _items(self, node: ast.expr, scope: Scope, depth: int) -> Meanings:
        """What each item of an expression's value may stand for."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return self._any(node.elts, scope, depth)
        return self._item(self.meanings(node, scope, depth), frozenset(), depth)

    def _item(self, owners: Meanings, keys: frozenset[str], depth: int) -> Meanings:
        """What an item may stand for: the one of these keys, or any."""
        found: set[str] = set()
        for owner in owners:
            if owner == "sys.modules":
                found |= keys
            elif owner == OWN_NAMES:
                found = found.union(*(self._name(key, self._scopes.top, 0, depth - 1) for key in keys))
            elif owner == "builtins" or owner.endswith(_NAMES_OF):  # `__builtins__` may be a dictionary itself
                found = found.union(*(in_library({owner.removesuffix(_NAMES_OF)}, key) for key in keys))
            elif owner == OWN_CELLS:
                found.add(owner)
        return frozenset(found)

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Meanings:
        """What a call may give back."""
        functions, values = self.meanings(node.func, scope, depth), node.args[:2]
        first = self.meanings(values[0], scope, depth) if values else NOTHING
        texts = [self.texts(value, scope, depth) for value in values]
        found = NOTHING.union(*(self._returned(function, first, texts, depth) for function in functions))
        if OWN_FRAME in found and not (not values or (isinstance(values[0], ast.Constant) and values[0].value == 0)):
            found -= {OWN_FRAME}  # of one of its callers
        match node.func:
            case ast.Attribute(value=owner, attr="get" | "pop" | "setdefault") if texts:
                found |= self._item(self.meanings(owner, scope, depth), texts[0], depth)
        return found

    def _returned(self, function: str, first: Meanings, texts: list[frozenset[str]], depth: int) -> Meanings:
        """What a function gives back for a first argument that stands for `first`, and arguments with these texts."""
        names = texts[-1] if texts else frozenset()
        match function, len(texts):
            case "sys._getframe" | "inspect.currentframe", _:
                return frozenset({OWN_FRAME})
            case "builtins.globals", 0:
                return frozenset({OWN_NAMES})
            case "builtins.vars", 1:
                return frozenset(meaning + _NAMES_OF for meaning in first if is_path(meaning))
            case "builtins.getattr", 2:
                return NOTHING.union(*(self.attribute(first, name, depth - 1) for name in names))
            case "operator.attrgetter", 1:
                return frozenset(_GETS + name for name in names)
            case "importlib.import_module" | "pkgutil.resolve_name", 1 | 2:
                return frozenset(name.replace(":", ".") for name in texts[0])
            case "builtins.__import__" | "importlib.__import__", 1 | 2:
                return frozenset(name.partition(".")[0] for name in texts[0])
        if function.startswith(_GETS) and texts:
            return self.attribute(first, function.removeprefix(_GETS), depth - 1)
        return frozenset({OWN}) if function == OWN else NOTHING


def is_path(meaning: str) -> bool:
    """True for what stands for a module of the library, or for something in one."""
    return not meaning.startswith(("<", _TEXT))


def in_library(owners: Iterable[str], name: str) -> Meanings:
    """The attribute `name` of those of the owners that are library modules or something in one, by its usual path."""
    found = set()
    for owner in filter(is_path, owners):
        if name.lstrip("_") in EVERYWHERE and owner.partition(".")[0] in sys.stdlib_module_names:
            found.add(name.lstrip("_"))
        elif name == "__self__" and owner.startswith("builtins."):
            found.add("builtins")
        else:
            found.add(f"{owner}.{name}")
    return frozenset(found)


def gets(meaning: str) -> str:
    """The name of the attribute that this function of `operator.attrgetter`'s gets; "" for anything else."""
    return meaning.removeprefix(_GETS) if meaning.startswith(_GETS) else ""


def _joined(starts: frozenset[str], ends: frozenset[str]) -> Iterator[str]:
    """Each text of the one and the other kind put together; none of them where they are many, or long."""
    if len(starts) * len(ends) <= MOST_ALTERNATIVES:
        yield from (start + end for start in starts for end in ends if len(start + end) <= LONGEST_TEXT)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """The expressions of which this one has the value."""
    match node:
        case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            return [value]
        case ast.IfExp(body=first, orelse=second):
            return [first, second]
        case ast.BoolOp(values=values):
            return values
        case ast.Subscript(value=ast.Tuple(elts=values) | ast.List(elts=values) | ast.Dict(values=values)):
            return values
    return []


def _is_library(module: str) -> bool:
    """True for modules of the standard library that the judge has imported itself: it imports none to find out more."""
    return module.partition(".")[0] in sys.stdlib_module_names and module in sys.modules


def _exports(module: str, name: str) -> bool:
    """Does `from module import *` bind this name?"""
    names = getattr(sys.modules[module], "__all__", None)
    return name in names if names is not None else not name.startswith("_") and hasattr(sys.modules[module], name)
