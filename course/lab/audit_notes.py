"""Audit notes: what the interpreter itself tells of a program's way to the stack, the collector, tracing or new code.

CPython raises audit events (PEP 578) for these, by whatever name they are used. Those that the library raises for ends
of its own (data classes, named tuples, logging) are not the program's, and are not noted. Nothing is refused. A program
shares the process with this hook: that nothing is noted proves nothing.
"""

import _thread
import os
import sys
import sysconfig
from collections.abc import Callable
from types import FrameType

Notes = dict[tuple[str, int], None]  # what was used, and the line of the student's that led there (or 0)

MOST_NOTES = 10
FURTHEST = 50  # frames between the event and the student's line
# By event: the attributes that count, where it tells of many.
EVENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "code.__new__", "compile", "ctypes.PyObj_FromPtr", "ctypes.cdata", "ctypes.dlsym", "ctypes.string_at",
        "ctypes.wstring_at", "exec", "function.__new__", "gc.get_objects", "gc.get_referents",
        "gc.get_referrers", "marshal.loads", "sys._current_exceptions", "sys._current_frames", "sys._getframe",
        "sys._getframemodulename", "sys.addaudithook", "sys.monitoring.register_callback", "sys.remote_exec",
        "sys.setprofile", "sys.settrace",
    ), ()),
    "object.__getattr__": ("ag_frame", "cr_frame", "gi_frame", "tb_frame"),
    "object.__setattr__": ("__code__",),
}  # fmt: skip
_LAB = os.path.dirname(__file__) + os.sep
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_INSPECT, _CTYPES = _LIBRARY + "inspect.py", os.path.join(_LIBRARY, "ctypes", "__init__.py")
# Functions that do it for whoever calls them, by event, file and name; and how the program calls what it has used.
FOR_THEIR_CALLERS = {
    ("sys._current_frames", _LAB + "thread_frames.py", "_current_frames"): "sys._current_frames",
    ("sys._getframe", _INSPECT, "currentframe"): "inspect.currentframe",
    ("sys._getframe", _INSPECT, "stack"): "inspect.stack",
    ("ctypes.dlsym", _CTYPES, "__getattr__"): "ctypes.dlsym",
    ("ctypes.dlsym", _CTYPES, "__getitem__"): "ctypes.dlsym",
    ("ctypes.string_at", _CTYPES, "string_at"): "ctypes.string_at",
    ("ctypes.wstring_at", _CTYPES, "wstring_at"): "ctypes.wstring_at",
}
# Everything else is the program, also what it makes of texts while it runs.
NOT_THE_PROGRAM = (_LAB, _LIBRARY, sysconfig.get_path("purelib") + os.sep, "<frozen ")


def listen(filename: str) -> Notes:
    """From now on and for good, note what the program does whose module is in this file; the notes, as they grow."""
    notes: Notes = {}
    looking: set[int] = set()  # the OS threads that are in the hook: to look at a frame is an event as well

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        attributes = EVENTS.get(event)
        if attributes is None or len(notes) == MOST_NOTES:
            return
        if attributes and not (len(arguments) > 1 and type(arguments[1]) is str and arguments[1] in attributes):
            return
        me = _thread.get_ident()
        if me in looking:
            return
        looking.add(me)
        try:
            used = _used(str(arguments[1]) if attributes else event, sys._getframe(1), filename)
            if used is not None:
                notes[used] = None
        finally:
            looking.discard(me)

    sys.addaudithook(hear)
    return notes


def send(notes: Notes, frame: Callable[..., None]) -> None:
    """Send the notes as a frame, if there are any."""
    if notes:
        frame("notes", used=[{"event": event, "line": line} for event, line in notes])


def _used(event: str, frame: FrameType, filename: str) -> tuple[str, int] | None:
    """What the program has used, and at which line; None where it was not the program that did."""
    code, above = frame.f_code, frame.f_back
    what = FOR_THEIR_CALLERS.get((event, code.co_filename, code.co_name))
    if what is not None and above is not None:
        frame, code = above, above.f_code
    if code.co_filename.startswith(NOT_THE_PROGRAM) or code.co_filename.endswith("scenarios.py"):
        return None
    return what or event, _line_in(filename, frame)


def _line_in(filename: str, frame: FrameType | None) -> int:
    """The innermost line of this file on the stack; 0 where there is none, or it is too far away."""
    for _ in range(FURTHEST):
        if frame is None:
            break
        if frame.f_code.co_filename == filename:
            return frame.f_lineno
        frame = frame.f_back
    return 0
