"""Hidden hooks: what instrumented code calls lies among its constants, where the program that runs cannot replace it.

In the tree a hook is called by a name. If it were looked up by that name, one line in a student's module could put
something else in its place, and no schedule would be tried any more.
"""

import ast
import secrets
import warnings
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

Hooks = Mapping[str, Callable[..., Any]]

# Stands before a hook's name in the constant that holds its place until it is bound; no source can contain it.
_MARK = secrets.token_bytes(16)


class HookName(ast.Name):
    """The name of a hook, which no name of the student's is, whatever it says."""


class _Concealing(ast.NodeTransformer):
    def visit_HookName(self, node: HookName) -> ast.expr:
        return ast.copy_location(ast.Constant(_MARK + node.id.encode()), node)


def compile_concealed(tree: ast.Module, filename: str) -> CodeType:
    """The code of a tree, with places for its hooks; it can run when they are bound."""
    concealed = ast.fix_missing_locations(_Concealing().visit(tree))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # a constant is called
        return compile(concealed, filename, "exec", dont_inherit=True)


def bound(code: CodeType, hooks: Hooks) -> CodeType:
    """`code` with the hooks in their places; the same object when it has no such place."""
    constants = tuple(_bound_constant(constant, hooks) for constant in code.co_consts)
    if all(new is old for new, old in zip(constants, code.co_consts, strict=True)):
        return code
    return code.replace(co_consts=constants)


def _bound_constant(constant: object, hooks: Hooks) -> object:
    if isinstance(constant, CodeType):
        return bound(constant, hooks)
    if type(constant) is bytes and constant.startswith(_MARK):
        return hooks[constant[len(_MARK) :].decode()]
    return constant
