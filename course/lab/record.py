"""Plain data for the journey from worker to judge: values, errors and frames.

A value travels as JSON: None, bool, int, float and str as themselves, a container as a two-element list that names
its type: `["list", [...]]`, `["tuple", [...]]`, `["dict", [[key, value], ...]]`, `["set", [...]]`. Everything that is
not exactly one of these types travels as `["object", type name]`: no code of the student's ever runs in the judge.
"""

import dis
import itertools
import json
import math
import os
import struct
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any, Literal, NamedTuple

import msgspec

LONGEST_TEXT = 2_000
MOST_ITEMS = 5_000
DEEPEST = 12
LARGEST_INT = 1 << 62

Plain = Any  # what `json` can write
Inside = Literal["student", "scenario", "library", "lab"]  # whose code raised an exception
_NAME_OF_TYPE = type.__dict__["__name__"].__get__
_TRACEBACK_OF = BaseException.__dict__["__traceback__"].__get__  # an exception of the student's may answer otherwise

_COURSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ABOVE = tuple(folder + os.sep for folder in (os.path.dirname(_COURSE), os.path.dirname(os.__file__)))
_RAISE = dis.opmap["RAISE_VARARGS"]


def plain(value: object, depth: int = 0) -> Plain:
    """`value` as plain data; never calls a method that the student's class could have overridden."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if abs(value) < LARGEST_INT else ["object", "int"]  # type: ignore[arg-type]
    if kind is float:
        return value if math.isfinite(value) else ["object", "float"]  # type: ignore[arg-type]
    if kind is str:
        return text(value)
    if depth < DEEPEST:
        if kind is list or kind is tuple:  # never ==: a metaclass could answer
            return [kind.__name__, [plain(item, depth + 1) for item in value[:MOST_ITEMS]]]  # type: ignore[index]
        if kind is set or kind is frozenset:
            items = [plain(item, depth + 1) for item in value]  # type: ignore[attr-defined]
            return ["set", sorted(items, key=json.dumps)[:MOST_ITEMS]]
        if kind is dict:
            pairs = list(value.items())[:MOST_ITEMS]  # type: ignore[attr-defined]
            return ["dict", [[plain(key, depth + 1), plain(item, depth + 1)] for key, item in pairs]]
    return ["object", type_name(kind)]


def type_name(kind: type) -> str:
    """The name of a class, without asking its metaclass."""
    return text(_NAME_OF_TYPE(kind))


def text(value: object) -> str:
    """`value` as a str that UTF-8 can carry, cut to a sensible length."""
    if type(value) is str and len(value) <= LONGEST_TEXT and value.isascii():
        return value
    string = str.__str__(value) if issubclass(type(value), str) else "?"
    return string[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def error(exception: BaseException, filename: str) -> dict[str, Plain]:
    """An exception as plain data: its type, its message, its line in the student's file, and where it was raised.

    `line` is the innermost line of the student's that it came through, or 0; `inside` says whose code raised it, and
    `place` where that is unless it is the student's or the scenario's.
    """
    try:
        message = text(str(exception))
    except BaseException:
        message = "(its message cannot be shown)"
    steps = list(_steps(_TRACEBACK_OF(exception)))
    lines = [step.line for step in steps if step.code.co_filename == filename]
    used_up = issubclass(type(exception), RecursionError | MemoryError)
    inside, place = _origin(steps, filename, used_up=used_up)
    return {
        "type": type_name(type(exception)),
        "message": message,
        "line": lines[-1] if lines else 0,
        "inside": inside,
        "place": place,
    }


class _Step(NamedTuple):
    """A frame of a traceback: its code, and the line and the instruction at which the exception came through."""

    code: CodeType
    line: int
    at: int

    @property
    def is_of_lab(self) -> bool:
        return self.code.co_filename.startswith(_COURSE + os.sep)


def _steps(traceback: TracebackType | None) -> Iterator[_Step]:
    while traceback is not None:
        yield _Step(traceback.tb_frame.f_code, traceback.tb_lineno or 0, traceback.tb_lasti)
        traceback = traceback.tb_next


def _origin(steps: list[_Step], filename: str, *, used_up: bool) -> tuple[Inside, str]:
    """Whose code raised an exception, by the innermost frame, and its place.

    Where a stand-in of the lab's has a `raise`, that is meant: CPython's C code, which has no frames, raises the same.
    Then the frame counts from which the lab was called; also where the program has `used_up` the stack or the memory.

    Files are told apart by the names in their code objects, which a program can give to code of its own. That changes
    words of a report and nothing else: whether the grader is at fault is found out with the reference solution.
    """
    if not steps:
        return "lab", ""
    if steps[-1].is_of_lab and (used_up or steps[-1].code.co_code[steps[-1].at] == _RAISE):
        steps = list(itertools.dropwhile(lambda step: step.is_of_lab, reversed(steps)))[::-1] or steps
    code, line, _ = steps[-1]
    if code.co_filename == filename:
        return "student", ""
    if code.co_filename == os.path.join(os.path.dirname(filename), "scenarios.py"):
        return "scenario", ""
    folder = next((folder for folder in _ABOVE if code.co_filename.startswith(folder)), "")
    place = text(f"{code.co_filename.removeprefix(folder)}:{line}")
    return ("lab" if steps[-1].is_of_lab else "library"), place


def place(frame: FrameType | None, filename: str) -> dict[str, Plain]:
    """Where a stack stands: the innermost line of the student's, its function, and what that line called."""
    called = ""
    while frame is not None:
        if frame.f_code.co_filename == filename:
            return {"line": frame.f_lineno, "function": text(frame.f_code.co_qualname), "called": called}
        if text(frame.f_globals.get("__name__")).partition(".")[0] not in ("course", "scenarios"):
            called = text(frame.f_code.co_qualname)
        frame = frame.f_back
    return {"line": 0, "function": "", "called": called}


class Channel:
    """Writes frames to the judge: four bytes of length, then JSON that carries the case's nonce."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self._descriptor = descriptor
        self._nonce = nonce
        # Bound here, before any code of the student's runs: replacing the modules' functions changes nothing.
        self._encode = msgspec.json.encode
        self._write = os.write
        self._pack = struct.pack

    def send(self, kind: str, **fields: Plain) -> None:
        """Send one frame; blocks while the judge is slower."""
        body = self._encode({"nonce": self._nonce, "kind": kind, **fields})
        frame = self._pack(">I", len(body)) + body
        while frame:
            frame = frame[self._write(self._descriptor, frame) :]
