"""Breakpoints left in a program: in a graded run it goes on, as there is nobody at a keyboard."""

import bdb
import os
import sys


def go_on_here() -> None:
    """Let `breakpoint()` and `pdb.set_trace()` do nothing in this process."""
    sys.breakpointhook = bdb.Bdb.set_trace = _go_on  # type: ignore[method-assign]


def go_on_everywhere(folder: str) -> None:
    """Let them do nothing in this process and all that it starts: `folder` is the home of all."""
    os.environ["PYTHONBREAKPOINT"] = "0"
    with open(os.path.join(folder, ".pdbrc"), "w", encoding="utf-8") as file:
        file.write("continue\n")


def _go_on(*_: object, **__: object) -> None:
    """Stand-in for what would stop the program."""
