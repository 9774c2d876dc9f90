"""Frame givers: functions of the library that hand frames, or what is in them, to whoever calls them.

The library may look at frames for its own ends: to name a line of a traceback, or the module of a named tuple. A
program that asks one of these for a frame would have what it may not ask the interpreter for.
"""

import os
from collections.abc import Callable
from types import FrameType

_LIBRARY = os.path.dirname(os.__file__) + os.sep
# By file or folder of the library: its functions that give frames away. Others of the same place may call them.
_GIVERS: dict[str, tuple[str, ...]] = {
    "asyncio" + os.sep: ("_task_get_stack", "get_stack"),
    "inspect.py": (
        *("currentframe", "stack", "trace", "getinnerframes", "getouterframes"),
        *("getgeneratorlocals", "getcoroutinelocals", "getasyncgenlocals"),
    ),
    os.path.join("logging", "__init__.py"): ("<lambda>", "currentframe"),
    "traceback.py": ("walk_stack", "walk_tb", "_walk_tb_with_full_positions"),
    "types.py": ("gi_frame",),
}
# All functions of these do: they are there to look into programs.
_DEBUGGERS = (_LIBRARY + "bdb.py", _LIBRARY + "pdb.py", _LIBRARY + "idlelib", _LIBRARY + "test" + os.sep)
_DEBUGGING_PACKAGES = (f"{os.sep}_pytest{os.sep}", f"{os.sep}IPython{os.sep}")


def frame_giver() -> Callable[[FrameType], bool]:
    """A test: would this frame, which asks for another one, hand it to a program? It looks up nothing in a module."""
    givers = [(_LIBRARY + place, names) for place, names in _GIVERS.items()]
    debuggers, packages = _DEBUGGERS, _DEBUGGING_PACKAGES

    def gives_away(asking: FrameType) -> bool:
        file = asking.f_code.co_filename
        if file.startswith(debuggers):
            return True
        for package in packages:
            if package in file:
                return True
        for place, names in givers:
            if file.startswith(place):
                outermost = asking
                while outermost.f_back is not None and outermost.f_back.f_code.co_filename.startswith(place):
                    outermost = outermost.f_back
                return outermost.f_code.co_name in names
        return False

    return gives_away
