"""Observed code: the points of `instrument`, and hooks around them that show what each step reads and writes.

An observed program computes what the original computes, and meets the same points in the same order: every part of
an expression is still evaluated once, and what a hook looks at, it looks at without running code of the student's. To
know the owner, key and value of a store, the function keeps them in local names of its own (`_course_owner` ...),
which only `locals()` shows.
"""

import ast

from course.lab.instrument import Assignment, Instrumented, Points, put_points

OWNER, KEY, VALUE = "_course_owner", "_course_key", "_course_value"


def observe(source: str, filename: str) -> Instrumented:
    """Parse `source` and put points and hooks into it; its sites are those of `instrument`.

    Raises:
        SyntaxError, ValueError: `source` is not a Python program.
    """
    return put_points(_Observed, source, filename)


class _Observed(Points):
    def __init__(self, shared: set[str], imported: set[str]) -> None:
        super().__init__(shared, imported)
        self._classes: list[str] = []
        self._has_locals = False  # at the top level and in a class body, a name of ours would be seen by everybody

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
        outer, self._has_locals = self._has_locals, True
        visited = super()._visit_function(node)
        self._has_locals = outer
        return visited

    visit_FunctionDef = _visit_function  # noqa: N815  # the name that ast asks for
    visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def _visit_class_body(self, node: ast.ClassDef) -> list[ast.stmt]:
        outer, self._has_locals = self._has_locals, False
        self._classes.append(node.name.lstrip("_"))
        body = super()._visit_class_body(node)
        self._classes.pop()
        self._has_locals = outer
        return body

    def _mangled(self, name: str) -> ast.Constant:
        """A name as it is within its class: `__total` is `_Counter__total`."""
        private = self._classes and self._classes[-1] and name.startswith("__") and not name.endswith("__")
        return ast.Constant(f"_{self._classes[-1]}{name}" if private else name)

    def _hook(self, hook: str, *arguments: ast.expr) -> ast.Call:
        number = ast.Constant(len(self.sites) - 1)
        return ast.Call(ast.Name(hook, ast.Load()), [number, *arguments], [])

    def _seen(self, kind: str, node: ast.expr) -> ast.expr:
        match kind, node:
            case "read", ast.Attribute():
                return self._hook("_course_attribute", node.value, self._mangled(node.attr))
            case "read", ast.Subscript() if _is_plain_key(node.slice):
                return self._hook("_course_item", node.value, node.slice)
            case "read", ast.Name():
                return self._hook("_course_name", node, _cells_of(node.id))
            case (("call" | "test"), _):
                return self._hook("_course_result", node)
        return node

    def _stored(self, node: Assignment, target: ast.expr) -> list[ast.stmt]:
        if not self._has_locals:
            return [node]
        if isinstance(target, ast.Name):
            place = [ast.Name(target.id, ast.Load()), _cells_of(target.id)]
            return self._between("_course_loaded_name", node, "_course_wrote_name", place, place)
        if isinstance(target, ast.Attribute):
            key: ast.expr = self._mangled(target.attr)
        elif isinstance(target, ast.Subscript) and _is_plain_key(target.slice):
            target.slice = _kept(KEY, target.slice)
            key = ast.Tuple([ast.Name(KEY, ast.Load())], ast.Load())
        else:
            return [node]
        target.value = _kept(OWNER, target.value)
        place = [ast.Name(OWNER, ast.Load()), key]
        if isinstance(node, ast.AugAssign):
            return self._between("_course_loaded", node, "_course_updated", place, place)
        assert node.value is not None
        node.value = _kept(VALUE, node.value)
        return self._between("", node, "_course_wrote", place, [*place, ast.Name(VALUE, ast.Load())])

    def _between(
        self, before: str, node: Assignment, after: str, place: list[ast.expr], stored: list[ast.expr]
    ) -> list[ast.stmt]:
        """`node`, a hook after it, and for an update one between the load of its target and the right-hand side."""
        if isinstance(node, ast.AugAssign):
            node.value = ast.BoolOp(ast.Or(), [self._hook(before, *place), node.value])  # the hook returns None
        return [node, ast.copy_location(ast.Expr(self._hook(after, *stored)), node)]


def _kept(name: str, node: ast.expr) -> ast.expr:
    """`(name := node)`."""
    return ast.copy_location(ast.NamedExpr(ast.Name(name, ast.Store()), node), node)


def _cells_of(name: str) -> ast.expr:
    """`(lambda: name).__closure__`: the cell of a function's own name, unlike all others so named; else None."""
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Attribute(ast.Lambda(nothing, ast.Name(name, ast.Load())), "__closure__", ast.Load())


def _is_plain_key(node: ast.expr) -> bool:
    return not any(isinstance(part, ast.Slice | ast.Starred) for part in ast.walk(node))
