"""The Pythons that the course is tested on, and whether this one is one of them.

What grades on another one might blame a student for what Python does differently. So every command that grades refuses
it, unless `--untested-python` is given; the result then says which Python it was.
"""

import platform
import sys
import sysconfig

from course.language import Sentence, say

TESTED = ("3.11", "3.12", "3.13", "3.14", "3.15")  # of CPython, with its global interpreter lock
USUAL = "3.14"  # what graders and students' containers are set up with


def full_name() -> Sentence:
    """The running Python: "CPython 3.14.2", or "CPython 3.14.2, a free-threaded build"."""
    version = ".".join(map(str, sys.version_info[:3]))
    name = say("{implementation} {version}", implementation=platform.python_implementation(), version=version)
    return say("{python}, a free-threaded build", python=name) if _is_free_threaded() else name


def is_tested() -> bool:
    """True for CPython with its lock, in a version that the course is tested on."""
    version = ".".join(map(str, sys.version_info[:2]))
    return sys.implementation.name == "cpython" and version in TESTED and not _is_free_threaded()


def refusal() -> Sentence | None:
    """Why this Python does not grade, and what to do about it; None when the course is tested on it."""
    if is_tested():
        return None
    return say(
        "The course is not tested on this Python ({python}): install it with CPython {first} to {last}, not a "
        "free-threaded build, or add `--untested-python`, and then the result may be wrong.",
        python=full_name(),
        first=TESTED[0],
        last=TESTED[-1],
    )


def note() -> Sentence | None:
    """What a result says that was made here all the same; None when the course is tested on this Python."""
    if is_tested():
        return None
    return say("Graded with {python}, on which the course is not tested. It may be wrong.", python=full_name())


def _is_free_threaded() -> bool:
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
