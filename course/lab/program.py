"""A program: the student's module and the scenarios that drive it, compiled once for all runs of a case."""

import ast
import functools
from types import CodeType
from typing import Literal

from course.lab import instrument, observing
from course.lab.awaiting import Awaits, awaits_in
from course.lab.opcodes import OpcodePoints, line_sites


class Program:
    """What every run of a case executes: the student's module and the scenarios, compiled once.

    Points are calls of hooks, which a run has among its builtins.
    """

    def __init__(
        self, name: str, source: str, scenarios: str, *, points: Literal["source", "opcodes"] = "source"
    ) -> None:
        """Compile the student's source, with points, and the scenarios, without.

        With `points="opcodes"` every instruction is a point: slower, but independent of how the source is read.

        Raises:
            SyntaxError, ValueError: the student's source is not a Python program.
        """
        self.name = name
        self.filename = f"{name}.py"
        self.source = source
        self.opcodes: OpcodePoints | None = None
        tree, self.sites = instrument.instrument(source, self.filename)
        if points == "source":
            self.code = compile(tree, self.filename, "exec", dont_inherit=True)
        else:
            self.code = compile(source, self.filename, "exec", dont_inherit=True)
            self.sites = line_sites(source)
            self.opcodes = OpcodePoints(self.code)
        self.scenarios = compile(scenarios, "scenarios.py", "exec", dont_inherit=True)

    @functools.cached_property
    def observed_code(self) -> CodeType:
        """The code for traced runs; its points are those of `code`."""
        tree, _ = observing.observe(self.source, self.filename)
        return compile(tree, self.filename, "exec", dont_inherit=True)

    @functools.cached_property
    def awaits(self) -> Awaits:
        """Where a task of the student's can wait."""
        return awaits_in(ast.parse(self.source, self.filename))
