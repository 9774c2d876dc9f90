"""Preemption points: a student's source is compiled with a call to the scheduler wherever shared state is touched.

A point stands before each read of an attribute, item or shared name, before each call, `with` and `in` test, between
the right-hand side of an assignment and its store, and between the load and the store of `x += ...`. So every place at
which another thread could slip in between two steps of a statement is one at which the strategy may switch.

Observed code (`observing`) has the same points, and hooks besides that show what each step reads and writes.
"""

import ast
from typing import NamedTuple

POINT = "_course_point"  # (site) -> None: a preemption point
LOOP = "_course_loop"  # (site) -> None: the start of a round of a `while` loop
STORE = "_course_store"  # (site, value) -> value: between a right-hand side and its store


class Site(NamedTuple):
    """A place in the student's source at which a point stands."""

    line: int
    kind: str  # read, write, update, call, enter, test, round, delete
    name: str

    touches: str  # the bare name of the thing: `total` of `self.total`, `stock` of `shop.stock[...]` and `stock.get`


class Instrumented(NamedTuple):
    """A tree ready to compile, and its sites by number (0 is no place of the student's)."""

    tree: ast.Module
    sites: list[Site]


def instrument(source: str, filename: str) -> Instrumented:
    """Parse `source` and put points into it.

    Raises:
        SyntaxError, ValueError: `source` is not a Python program.
    """
    return put_points(Points, source, filename)


def put_points(kind: type["Points"], source: str, filename: str) -> Instrumented:
    """Parse `source` and let a `Points` of that kind work on it."""
    tree = ast.parse(source, filename)
    shared = {name for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    points = kind(shared, _imported(tree))
    tree = ast.fix_missing_locations(points.visit(tree))
    return Instrumented(tree, points.sites)


def put_points_at(site: int, tree: ast.AST) -> ast.AST:
    """Put points into code that is made at run time: all of them stand at `site`, where it is made.

    Its own top level may run in many threads, and there each name may be one that others see.
    """
    points = _PointsAt(site, {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    visited: ast.AST = points.visit(tree)
    return ast.fix_missing_locations(visited)


def _imported(tree: ast.Module) -> set[str]:
    """The names that imports bind: modules, classes and functions, which threads use but do not fight for."""
    aliases = [name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names]
    return {(alias.asname or alias.name).partition(".")[0] for alias in aliases}


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


Assignment = ast.Assign | ast.AnnAssign | ast.AugAssign


class Points(ast.NodeTransformer):
    """Puts points into a tree and numbers their sites."""

    def __init__(self, shared: set[str], imported: set[str]) -> None:
        self.shared = shared
        self.imported = imported
        self.sites = [Site(0, "", "", "")]
        self._in_function = False

    def _call(self, hook: str, kind: str, node: ast.expr | ast.stmt, name: str, *more: ast.expr) -> ast.Call:
        self.sites.append(Site(node.lineno, kind, name, self._touched(kind, name)))
        number = ast.Constant(len(self.sites) - 1)
        return ast.copy_location(ast.Call(ast.Name(hook, ast.Load()), [number, *more], []), node)

    def _touched(self, kind: str, name: str) -> str:
        path = name.removesuffix("[...]").split(".")
        owner = path[:-1] if kind == "call" else path  # a plain function touches nothing that has a name
        nameless = not owner or owner[0] in self.imported or ", " in name or owner[-1] in ("self", "cls", "while", "")
        return "" if nameless or owner[-1].endswith(("]", ")")) else owner[-1]

    def _before(self, kind: str, node: ast.expr, name: str) -> ast.expr:
        """`node` with a point before it: `_course_point(7) or node` (a point returns None)."""
        point = self._call(POINT, kind, node, name)
        return ast.copy_location(ast.BoolOp(ast.Or(), [point, self._seen(kind, node)]), node)

    def _seen(self, kind: str, node: ast.expr) -> ast.expr:
        """`node`, or a hook around it; the last site is its own."""
        return node

    def _stored(self, node: Assignment, target: ast.expr) -> list[ast.stmt]:
        """`node`, a store to `target` alone, or that and hooks around it; the last site is its own."""
        return [node]

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
        places = [
            item for item in node.items if isinstance(item.context_expr, ast.Name | ast.Attribute | ast.Subscript)
        ]
        for item in places:
            name = name_of(item.context_expr)
            item.context_expr = self._before("enter", self._visit_parts(item.context_expr), name)
        for item in node.items:
            if item not in places:
                item.context_expr = self.visit(item.context_expr)
            if item.optional_vars is not None:
                item.optional_vars = self.visit(item.optional_vars)
        node.body = [visited for statement in node.body for visited in _as_list(self.visit(statement))]
        return node

    def _visit_parts(self, node: ast.expr) -> ast.expr:
        """Visit what is inside a name, attribute or item that gets its point as a whole."""
        if isinstance(node, ast.Attribute | ast.Subscript):
            node.value = self._visit_owner(node.value)
        if isinstance(node, ast.Subscript):
            node.slice = self.visit(node.slice)
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

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        shared = [place for target in node.targets for place in self._shared_targets(target)]
        names = ", ".join(name_of(target) for target in shared)
        self.generic_visit(node)
        if not shared or not self._in_function:
            return [node]
        node.value = self._call(STORE, "write", node, names, node.value)
        return self._stored(node, node.targets[0]) if len(node.targets) == 1 else [node]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        node.target = self.visit(node.target)  # not the annotation
        if node.value is None:
            return [node]
        node.value = self.visit(node.value)
        if not self._is_shared(node.target) or not self._in_function:
            return [node]
        node.value = self._call(STORE, "write", node, name_of(node.target), node.value)
        return self._stored(node, node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        shared, name = self._is_shared(node.target), name_of(node.target)
        self.generic_visit(node)
        if not shared:
            return [node]
        # The target is loaded first, so a point after the right-hand side is between load and store.
        node.value = self._call(STORE, "update", node, name, node.value)
        return self._stored(node, node.target)

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
    # Annotations are among them. Before 3.14 they run where they stand, since then when somebody asks for them, be it
    # as text, which is to be the student's; and no `:=` may stand there.

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
        outer, self._in_function = self._in_function, True
        node.body = [visited for statement in node.body for visited in _as_list(self.visit(statement))]
        self._in_function = outer
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        node.bases = [self.visit(base) for base in node.bases]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        node.body = self._visit_class_body(node)
        return node

    def _visit_class_body(self, node: ast.ClassDef) -> list[ast.stmt]:
        return [visited for statement in node.body for visited in _as_list(self.visit(statement))]

    visit_FunctionDef = _visit_function  # noqa: N815  # the name that ast asks for
    visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        node.subject = self.visit(node.subject)
        for case in node.cases:  # patterns are not expressions
            case.guard = self.visit(case.guard) if case.guard else None
            case.body = [visited for statement in case.body for visited in _as_list(self.visit(statement))]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
                if part.format_spec is not None:
                    self.visit(part.format_spec)  # it stays what it is: another `JoinedStr`
        return node

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        return node

    def visit_TypeAlias(self, node: ast.stmt) -> ast.stmt:
        return node


def _as_list(visited: ast.stmt | list[ast.stmt]) -> list[ast.stmt]:
    return visited if isinstance(visited, list) else [visited]


class _PointsAt(Points):
    """Points that all stand at one place."""

    def __init__(self, site: int, shared: set[str]) -> None:
        super().__init__(shared, set())
        self._site = site
        self._in_function = True

    def _call(self, hook: str, kind: str, node: ast.expr | ast.stmt, name: str, *more: ast.expr) -> ast.Call:
        return ast.copy_location(ast.Call(ast.Name(hook, ast.Load()), [ast.Constant(self._site), *more], []), node)
