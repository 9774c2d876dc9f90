"""Points at every bytecode instruction of the student's code: a cross-check of the points that `instrument` sets.

Slower by an order of magnitude and without names, but independent of the source transformation: what one mode finds,
the other must find too. CPython 3.11 traces opcodes with `sys.settrace`; since 3.12 only `sys.monitoring` (PEP 669)
delivers every instruction, also in the first run of a function.
"""

import dis
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from course.lab.instrument import Site
from course.lab.os_threads import OsThread
from course.lab.scheduler import Scheduler

TOOL = 4  # the number of this tool among those of `sys.monitoring`; 0 to 2 and 5 have set uses
BACKWARDS = frozenset(code for name, code in dis.opmap.items() if name.startswith(("JUMP_BACKWARD", "POP_JUMP_BACK")))


def line_sites(source: str) -> list[Site]:
    """The places of a program whose points are instructions: one per line."""
    return [Site(line, "", "", "") for line in range(source.count("\n") + 2)]


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """`code` and all code objects inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


class OpcodePoints:
    """Makes every instruction of a program a point of the open run."""

    def __init__(self, program: CodeType) -> None:
        self._scheduler: Scheduler | None = None
        self._filename = program.co_filename
        self._lines = {code: self._lines_of(code) for code in code_objects(program)}
        if sys.version_info >= (3, 12):
            if sys.monitoring.get_tool(TOOL) is None:  # the latest program of a process has the callback
                sys.monitoring.use_tool_id(TOOL, "course")
            sys.monitoring.register_callback(TOOL, sys.monitoring.events.INSTRUCTION, self._instruction)
            for code in self._lines:
                sys.monitoring.set_local_events(TOOL, code, sys.monitoring.events.INSTRUCTION)

    @staticmethod
    def _lines_of(code: CodeType) -> dict[int, int]:
        return {offset: line or 0 for start, end, line in code.co_lines() for offset in range(start, end, 2)}

    @contextmanager
    def during(self, scheduler: Scheduler) -> Iterator[None]:
        """Instructions are points of `scheduler` until the block ends."""
        self._scheduler = scheduler
        scheduler.carrier = self._carrier
        try:
            yield
        finally:
            self._scheduler = None

    def _instruction(self, code: CodeType, offset: int) -> None:
        scheduler = self._scheduler
        if scheduler is None or scheduler.outcome is not None or scheduler.current is None:
            return
        point = scheduler.loop_point if code.co_code[offset] in BACKWARDS else scheduler.point
        point(self._lines[code].get(offset, 0))

    def _carrier(self, task: Callable[[], object]) -> OsThread:
        """The points are in trace functions, in which no greenlet may stop."""
        return OsThread(task if sys.version_info >= (3, 12) else lambda: self._traced(task))

    # --- 3.11 --------------------------------------------------------------------------------------------------

    def _traced(self, task: Callable[[], object]) -> None:
        sys.settrace(self._trace_call)
        task()

    def _trace_call(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename != self._filename:
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._trace_opcode

    def _trace_opcode(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "opcode" and frame.f_code in self._lines:
            self._instruction(frame.f_code, frame.f_lasti)
        return self._trace_opcode
