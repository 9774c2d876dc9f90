"""Preemption points: a student's source is compiled with a call to the scheduler wherever shared state is touched.

A point stands before each read of an attribute, item or shared name, before each call, `with` and `in` test, between
the right-hand side of an assignment and its store, and between the load and the store of `x += ...`. So every place at
which another thread could slip in between two steps of a statement is one at which the strategy may switch.
"""

import ast
from typing import NamedTuple

POINT = "_course_point"  # (site) -> None: a preemption point
LOOP = "_course_loop"  # (site) -> None: the start of a round of a `while` loop
STORE = "_course_store"  # (site, value) -> value: between a right-hand side and its store


class Site(NamedTuple):
    """A place in the student's source at which a point stands."""

    line: int
    kind: str  # read, write, update, call, test, round, delete
    name: str


class Instrumented(NamedTuple):
    """A tree ready to compile, and its sites by number (0 is no place of the student's)."""

    tree: ast.Module
    sites: list[Site]


def instrument(source: str, filename: str) -> Instrumented:
    """Parse `source` and put points into it.

    Raises:
        SyntaxError, ValueError: `source` is not a Python program.
    """
    tree = ast.parse(source, filename)
    shared = {name for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    points = _Points(shared)
    tree = ast.fix_missing_locations(points.visit(tree))
    return Instrumented(tree, points.sites)


def name_of(node: ast.AST) -> str:
    """A short name for what an expression reads, calls or writes: `self.total`, `stock[...]`, `queue.get`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{name_of(value)}.{attribute}"
        case ast.Subscript(value=value):
            return f"{name_of(value)}[...]"
        case ast.Call(func=function):
            return f"{name_of(function)}()"
    return "..."


class _Points(ast.NodeTransformer):
    def __init__(self, shared: set[str]) -> None:
        self.shared = shared
        self.sites = [Site(0, "", "")]
        self._in_function = False

    def _call(self, hook: str, kind: str, node: ast.expr | ast.stmt, name: str, *more: ast.expr) -> ast.Call:
        self.sites.append(Site(node.lineno, kind, name))
        number = ast.Constant(len(self.sites) - 1)
        return ast.copy_location(ast.Call(ast.Name(hook, ast.Load()), [number, *more], []), node)

    def _before(self, kind: str, node: ast.expr, name: str) -> ast.expr:
        """`node` with a point before it: `_course_point(7) or node` (a point returns None)."""
        return ast.copy_location(ast.BoolOp(ast.Or(), [self._call(POINT, kind, node, name), node]), node)

    def _is_shared(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute | ast.Subscript) or (
            isinstance(node, ast.Name) and node.id in self.shared
        )

    def _shared_targets(self, target: ast.expr) -> list[ast.expr]:
        """The shared places that an assignment to `target` writes; a tuple may name several."""
        match target:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return [shared for part in parts for shared in self._shared_targets(part)]
            case ast.Starred(value=value):
                return self._shared_targets(value)
        return [target] if self._is_shared(target) else []

    # --- reads and calls ---------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.shared:
            return self._before("read", node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        name = name_of(node)
        node.value = self._visit_owner(node.value)
        return self._before("read", node, name) if isinstance(node.ctx, ast.Load) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        name = name_of(node)
        node.value = self._visit_owner(node.value)
        node.slice = self.visit(node.slice)
        return self._before("read", node, name) if isinstance(node.ctx, ast.Load) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = name_of(node.func)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self._visit_owner(node.func.value)
        else:
            node.func = self.visit(node.func)
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        if name == "super":
            return node
        return self._before("call", node, name)

    def visit_With(self, node: ast.With) -> ast.stmt:
        plain = [item for item in node.items if isinstance(item.context_expr, ast.Name)]
        names = [name_of(item.context_expr) for item in plain]
        self.generic_visit(node)
        for item, name in zip(plain, names, strict=True):
            if name not in self.shared:  # a shared name has its point already
                item.context_expr = self._before("call", item.context_expr, name)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if not any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops):
            self.generic_visit(node)
            return node
        name = name_of(node.comparators[0])
        node.left = self.visit(node.left)
        node.comparators = [self._visit_owner(comparator) for comparator in node.comparators]
        return self._before("test", node, name)

    def _visit_owner(self, node: ast.expr) -> ast.expr:
        """Visit the owner of a method, item or container about to be used: the use has the point, not its look-up."""
        if isinstance(node, ast.Attribute):
            node.value = self._visit_owner(node.value)
            return node
        visited: ast.expr = self.visit(node)
        return visited

    # --- writes ------------------------------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        shared = [place for target in node.targets for place in self._shared_targets(target)]
        names = ", ".join(name_of(target) for target in shared)
        self.generic_visit(node)
        if shared and self._in_function:
            node.value = self._call(STORE, "write", node, names, node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is not None:
            node.value = self.visit(node.value)
            if self._is_shared(node.target) and self._in_function:
                node.value = self._call(STORE, "write", node, name_of(node.target), node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        shared, name = self._is_shared(node.target), name_of(node.target)
        self.generic_visit(node)
        if shared:  # the target is loaded first, so a point after the right-hand side is between load and store
            node.value = self._call(STORE, "update", node, name, node.value)
        return node

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        name = name_of(node.targets[0])
        return [ast.copy_location(ast.Expr(self._call(POINT, "delete", node, name)), node), node]

    # --- loops -------------------------------------------------------------------------------------------------

    def visit_While(self, node: ast.While) -> ast.stmt:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(self._call(LOOP, "round", node, "while")), node))
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        name = name_of(node.iter)
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(self._call(POINT, "round", node, name)), node))
        return node

    # --- places that run once, or never at run time: no points ---------------------------------------------------

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
        outer, self._in_function = self._in_function, True
        node.body = [visited for statement in node.body for visited in _as_list(self.visit(statement))]
        self._in_function = outer
        return node

    visit_FunctionDef = _visit_function  # noqa: N815  # the name that ast asks for
    visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        node.subject = self.visit(node.subject)
        for case in node.cases:  # patterns are not expressions
            case.guard = self.visit(case.guard) if case.guard else None
            case.body = [visited for statement in case.body for visited in _as_list(self.visit(statement))]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):  # the format specification stays as it is
                value.value = self.visit(value.value)
        return node

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        return node

    def visit_TypeAlias(self, node: ast.stmt) -> ast.stmt:
        return node


def _as_list(visited: ast.stmt | list[ast.stmt]) -> list[ast.stmt]:
    return visited if isinstance(visited, list) else [visited]
