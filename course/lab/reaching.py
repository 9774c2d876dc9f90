"""Reaching into the lab, refused at the moment when it happens: frames, the garbage collector, tracing, C functions.

What a module names is refused before it runs (`course.judge.reach`). Names that are put together at run time are not
seen there; but CPython raises an audit event (PEP 578) for most of what they lead to, and this hook hears it. It is no
wall: whoever gets hold of one function of the lab's by other means can still change what that function uses.
"""

import _thread
import os
import sys
import sysconfig
from collections.abc import Callable

from course.lab import carriers, kept_modules

_LAB = os.path.dirname(__file__) + os.sep
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_PACKAGES = sysconfig.get_path("purelib") + os.sep  # typing_extensions stands in for parts of typing
_FROZEN = "<frozen "

# By audit event: the files, or the beginnings of their paths, whose code may do that. Nobody else may.
_LIBRARIES = (_LAB, _LIBRARY, _PACKAGES, _FROZEN)
ALLOWED: dict[str, tuple[str, ...]] = {
    "ctypes.PyObj_FromPtr": (),
    "ctypes.cdata": (),
    "ctypes.string_at": (),
    "ctypes.wstring_at": (),
    "function.__new__": _LIBRARIES,
    "gc.get_objects": (),
    "gc.get_referents": (kept_modules.__file__, os.path.join(_LAB, "awaiting.py")),
    "gc.get_referrers": (),
    "object.__delattr__": _LIBRARIES,
    "object.__getattr__": _LIBRARIES,
    "object.__setattr__": _LIBRARIES,
    "sys._current_exceptions": (),
    "sys._current_frames": (os.path.join(_LAB, "stuck.py"),),
    "sys._getframe": _LIBRARIES,
    "sys.addaudithook": (),
    "sys.monitoring.register_callback": (os.path.join(_LAB, "opcodes.py"),),
    "sys.setprofile": (carriers.__file__,),
    "sys.settrace": (carriers.__file__, os.path.join(_LAB, "opcodes.py")),
}
# Of what `object.__getattr__` tells of, these are the ways to a stack.
FRAMES = frozenset({"ag_frame", "cr_frame", "gi_frame", "tb_frame"})


def refuse_reaching() -> None:
    """From now on and for good, refuse in this process, and in what it forks, what only helps to get at the lab."""
    sys.addaudithook(_hook(dict(ALLOWED), FRAMES))


def _hook(allowed: dict[str, tuple[str, ...]], frames: frozenset[str]) -> Callable[[str, tuple[object, ...]], None]:
    """A hook that looks up nothing in a module: whoever replaces a module's names replaces nothing of it."""
    frame_above, ident, denied = sys._getframe, _thread.get_ident, PermissionError
    looking: set[int] = set()  # the OS threads that are in the hook: to look at a frame is an event as well

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event not in allowed or (event == "object.__getattr__" and arguments[1] not in frames):
            return
        me = ident()
        if me in looking:
            return
        looking.add(me)
        try:
            file = frame_above(1).f_code.co_filename
        finally:
            looking.discard(me)
        if not file.startswith(allowed[event]):
            raise denied(f"{event} can reach into the grader, and no exercise needs it")

    return hear
