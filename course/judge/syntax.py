"""Syntax trees of Python sources, one at a time.

Up to CPython 3.11 the depth of the tree that is being built is counted in one place for all threads: when the garbage
collector lets another thread in, and that one parses too, `ast.parse` raises SystemError (gh-106905).
"""

import ast
import threading
import warnings

_one_at_a_time = threading.Lock()


def tree_of(source: str) -> ast.Module:
    """The syntax tree of a module. What Python warns of in it is no error, whatever is set for warnings.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it has none.
    """
    with _one_at_a_time:
        try:
            return ast.parse(source)
        except SyntaxError:  # perhaps it was a warning
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(source)
