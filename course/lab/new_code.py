"""New code: who makes code while a program runs?

The library does, for data classes, named tuples and imports. A program that did would run steps that have no points:
its threads could not be stopped there, and its races would not be found.
"""

import os
import re
from types import FrameType

# The audit events (PEP 578) without which no code object comes to life.
EVENTS = frozenset({"code.__new__", "compile", "exec", "marshal.loads"})
NAME = "code that is made while it runs (exec, eval, compile)"

# Parts of the library that call whatever function a program hands them: as if the program called it.
_CALLS_BACK = re.compile(
    r"[\\/](?:asyncio|concurrent|logging|multiprocessing)[\\/](?!sharedctypes)|[\\/](?:queue|sched|threading)\.py$"
)


def is_for_library(caller: FrameType) -> bool:
    """True when the code that `caller` makes is the library's or the lab's. Programs have no absolute file names."""
    file = caller.f_code.co_filename
    return file.startswith("<frozen ") or (os.path.isabs(file) and not _CALLS_BACK.search(file))
