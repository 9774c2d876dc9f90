"""Scopes: where the names of a module are bound, read from its syntax tree.

Python looks a name up in the function, the functions around it, the module, then among the builtins; a class body is
seen by itself only, and so is a comprehension.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

OWN = "<own>"  # a function, class or object of the module's own

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Parts = list[ast.AST]


class Bound(NamedTuple):
    """One assignment to a name: `OWN`, the path of what is imported, an expression, or None for what is not known.

    The expression is read in `scope`. With `of_items` the name stands for each item of its value, as in a `for` loop.
    """

    value: ast.expr | str | None
    scope: "Scope"
    line: int
    of_items: bool = False


class Scope:
    """A module, class body, function or comprehension, and what its names are bound to."""

    def __init__(self, kind: str, parent: "Scope | None" = None) -> None:
        self.kind = kind
        self.parent = parent
        self.names: dict[str, list[Bound]] = {}
        self.declared: dict[str, Scope] = {}  # by `global` and `nonlocal`: where the name is looked up instead

    def outwards(self) -> Iterator["Scope"]:
        """The scope itself, and those around it in which its names are looked up."""
        yield self
        scope = self.parent
        while scope is not None:
            if scope.kind != "class":
                yield scope
            scope = scope.parent


class Scopes:
    """All nodes of a module with the scopes that they are read in, and their parents.

    `attributes`: by name, what the module itself sets or defines, on whatever object. `imports`: the roots of the
    modules that are imported; `stars`: those of which `from ... import *` imports all. `deleted`: names that are
    unbound somewhere.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.top = Scope("module")
        self.nodes: dict[ast.AST, Scope] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.attributes: dict[str, list[Bound]] = {}
        self.imports: set[str] = set()
        self.stars: list[str] = []
        self.deleted: set[str] = set()
        self._bindings: list[tuple[Scope, str, Bound]] = []
        waiting: list[tuple[ast.AST, Scope]] = [(tree, self.top)]
        while waiting:  # not by recursion: a tree may be deep
            node, scope = waiting.pop()
            self.nodes[node] = scope
            for part, its_scope in self._parts(node, scope):
                self.parents[part] = node
                waiting.append((part, its_scope))
        self._bind()

    def _parts(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """What is directly inside of a node, each with the scope that it is read in; notes what the node binds."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                outside, inside, inner = self._function(node, scope)
            case ast.ClassDef():
                self._note(scope, node.name, Bound(OWN, scope, node.lineno))
                outside, inner = [*node.decorator_list, *node.bases, *node.keywords], Scope("class", scope)
                inside = [*node.body, *getattr(node, "type_params", [])]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                outside, inside, inner = self._comprehension(node, scope)
            case _:
                self._assigned(node, scope)
                self._named(node, scope)
                outside, inside, inner = [*ast.iter_child_nodes(node)], [], scope
        yield from ((part, scope) for part in outside)
        yield from ((part, inner) for part in inside)

    def _function(self, node: _Function, scope: Scope) -> tuple[_Parts, _Parts, Scope]:
        inner, arguments = Scope("function", scope), node.args
        outside: _Parts = [*filter(None, [*arguments.defaults, *arguments.kw_defaults])]
        inside: _Parts = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
        if not isinstance(node, ast.Lambda):
            self._note(scope, node.name, Bound(OWN, scope, node.lineno))
            outside += [*node.decorator_list, *filter(None, [node.returns])]
            inside += getattr(node, "type_params", [])
        by_place = [*arguments.posonlyargs, *arguments.args]
        defaults = [*[None] * (len(by_place) - len(arguments.defaults)), *arguments.defaults, *arguments.kw_defaults]
        more = [each for each in (arguments.vararg, arguments.kwarg) if each]
        named = [*zip([*by_place, *arguments.kwonlyargs], defaults, strict=True), *((each, None) for each in more)]
        for argument, default in named:
            self._note(inner, argument.arg, Bound(default, scope, node.lineno))
            outside += filter(None, [argument.annotation])
        if scope.kind == "class" and by_place and not _is_static(node):
            self._note(inner, by_place[0].arg, Bound(OWN, scope, node.lineno))  # self or cls
        return outside, inside, inner

    def _comprehension(self, node: _Comprehension, scope: Scope) -> tuple[_Parts, _Parts, Scope]:
        inner, first = Scope("comprehension", scope), node.generators[0]
        inside: _Parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for generator in node.generators:
            read_in = scope if generator is first else inner
            self._target(generator.target, inner, Bound(generator.iter, read_in, node.lineno, of_items=True))
            inside += [generator.target, *generator.ifs, *([] if generator is first else [generator.iter])]
        return [first.iter], inside, inner

    def _assigned(self, node: ast.AST, scope: Scope) -> None:
        """Note the targets of an assignment."""
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._target(target, scope, Bound(value, scope, node.lineno))
            case ast.AnnAssign(target=target, value=value):
                self._target(target, scope, Bound(value, scope, node.lineno))
            case ast.NamedExpr(target=target, value=value):
                owner = next(each for each in scope.outwards() if each.kind != "comprehension")
                self._target(target, owner, Bound(value, scope, node.lineno))
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                self._target(target, scope, Bound(value, scope, node.lineno, of_items=True))
            case ast.AugAssign(target=target) | ast.withitem(optional_vars=ast.expr() as target):
                self._target(target, scope, Bound(None, scope, target.lineno))

    def _target(self, target: ast.expr, scope: Scope, bound: Bound) -> None:
        match target:
            case ast.Name(id="__slots__") if scope.kind == "class" and isinstance(bound.value, ast.expr):
                for slot in ast.walk(bound.value):
                    if isinstance(slot, ast.Constant):
                        self.attributes.setdefault(str(slot.value), []).append(bound._replace(value=None))
            case ast.Name(id=name):
                self._note(scope, name, bound)
            case ast.Attribute(attr=name):
                self.attributes.setdefault(name, []).append(bound)
            case ast.Starred(value=inner):
                self._target(inner, scope, bound._replace(value=None))
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values: Iterable[ast.expr | None] = [None] * len(targets)
                value = bound.value
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets) and not bound.of_items:
                    values = value.elts
                for each, its_value in zip(targets, values, strict=True):
                    self._target(each, scope, bound._replace(value=its_value))

    def _named(self, node: ast.AST, scope: Scope) -> None:
        """Note the names that a node has as such: what it imports, catches, matches, declares or deletes."""
        match node:
            case ast.Import(names=names):
                for alias in names:
                    root = alias.name.partition(".")[0]
                    path = alias.name if alias.asname else root
                    self.imports.add(root)
                    self._note(scope, alias.asname or root, Bound(path, scope, node.lineno))
            case ast.ImportFrom(module=str(module), names=names, level=0):
                self.imports.add(module.partition(".")[0])
                self.stars += [module for alias in names if alias.name == "*"]
                for alias in names:
                    path = f"{module}.{alias.name}"
                    self._note(scope, alias.asname or alias.name, Bound(path, scope, node.lineno))
            case ast.Delete(targets=targets):
                self.deleted |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.Global(names=names):
                scope.declared |= dict.fromkeys(names, self.top)
            case ast.Nonlocal(names=names) if scope.parent is not None:
                scope.declared |= dict.fromkeys(names, scope.parent)
            case ast.MatchMapping(rest=str(name)) | ast.ExceptHandler(name=str(name)):
                self._note(scope, name, Bound(None, scope, node.lineno))
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self._note(scope, name, Bound(None, scope, node.lineno))

    def _note(self, scope: Scope, name: str, bound: Bound) -> None:
        self._bindings.append((scope, name, bound))

    def _bind(self) -> None:
        """Put each assignment into the scope whose name it is: what declares a name may stand below of it."""
        for scope, name, bound in self._bindings:
            if name not in scope.declared:
                scope.names.setdefault(name, []).append(bound)
                if scope.kind == "class":
                    self.attributes.setdefault(name, []).append(bound)
        for scope, name, bound in self._bindings:
            if name in scope.declared:
                declared = scope.declared[name]
                owner = next((each for each in declared.outwards() if name in each.names), declared)
                owner.names.setdefault(name, []).append(bound)


def _is_static(node: _Function) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in decorators)
