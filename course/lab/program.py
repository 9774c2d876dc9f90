"""A program: the student's module and the scenarios that drive it, compiled once for all runs of a case."""

import ast
import functools
from types import CodeType
from typing import Literal

from course.lab import instrument, observing
from course.lab.awaiting import Awaits, awaits_in
from course.lab.opcodes import OpcodePoints, line_sites
from course.lab.quietly import quietly


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
        with quietly():
            tree, self.sites = instrument.instrument(source, self.filename)
            text = tree if points == "source" else source
            self.code = compile(text, self.filename, "exec", dont_inherit=True)
        if points == "opcodes":
            self.sites = line_sites(source)
            self.opcodes = OpcodePoints(self.code)
        self.scenarios = compile(scenarios, "scenarios.py", "exec", dont_inherit=True)

    @functools.cached_property
    def observed_code(self) -> CodeType:
        """The code for traced runs; its points are those of `code`."""
        with quietly():
            tree, _ = observing.observe(self.source, self.filename)
            return compile(tree, self.filename, "exec", dont_inherit=True)

    @functools.cached_property
    def awaits(self) -> Awaits:
        """Where a task of the student's can wait."""
        with quietly():
            return awaits_in(ast.parse(self.source, self.filename))
