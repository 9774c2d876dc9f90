"""Plain data for the journey from worker to judge: values, errors and frames.

A value travels as JSON: None, bool, int, float and str as themselves, a container as a two-element list that names
its type: `["list", [...]]`, `["tuple", [...]]`, `["dict", [[key, value], ...]]`, `["set", [...]]`. Everything that is
not exactly one of these types travels as `["object", type name]`: no code of the student's ever runs in the judge.
"""

import json
import math
import os
import struct
from types import FrameType, TracebackType
from typing import Any

import msgspec

LONGEST_TEXT = 2_000
MOST_ITEMS = 5_000
DEEPEST = 12
LARGEST_INT = 1 << 62

Plain = Any  # what `json` can write
_NAME_OF_TYPE = type.__dict__["__name__"].__get__


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
    """An exception as plain data: its type, its message, and the innermost line of the student's it came through."""
    try:
        message = text(str(exception))
    except BaseException:
        message = "(its message cannot be shown)"
    return {
        "type": type_name(type(exception)),
        "message": message,
        "line": _line_in_traceback(exception.__traceback__, filename),
    }


def _line_in_traceback(traceback: TracebackType | None, filename: str) -> int:
    line = 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


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
