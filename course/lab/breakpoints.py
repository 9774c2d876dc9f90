"""Breakpoints left in a program: in a graded run it goes on, as there is nobody at a keyboard."""

import bdb
import os
import sys


def go_on_here() -> None:
    """Let `breakpoint()` and `pdb.set_trace()` do nothing in this process."""
    sys.breakpointhook = bdb.Bdb.set_trace = _go_on  # type: ignore[method-assign]


def go_on_everywhere(home: str) -> None:
    """Let the debugger go on at once in all processes that have this home, also in those that the program starts."""
    with open(os.path.join(home, ".pdbrc"), "w", encoding="utf-8") as file:
        file.write("continue\n")


def _go_on(*_: object, **__: object) -> None:
    """Stand-in for what would stop the program."""
