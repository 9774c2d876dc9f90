"""Tries: modules that try many things when they are imported, and say what came of each in an exception's message.

What a try has got stands in the message, so that a leak is seen in the report; what was refused, by the error's name.
"""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

TRYING = """
import errno

def try_all(tries):
    told = []
    for name, attempt in tries.items():
        try:
            told.append(f"{name}=GOT {str(attempt())[:160]!r};")
        except OSError as error:
            told.append(f"{name}={errno.errorcode.get(error.errno, type(error).__name__)};")
        except BaseException as error:
            told.append(f"{name}={type(error).__name__};")
    return " ".join(sorted(told, key=lambda each: "=GOT" not in each))
"""
# Something that everybody may read: shows that the tries are really made, and that what they get is reported.
CONTROL = "open(os.__file__).read(28)"
# What the kernel says of things that are not there, or not allowed. Nothing else counts as a refusal.
NOT_THERE = frozenset({"ENOENT", "ENOTDIR", "ESRCH"})
NOT_ALLOWED = frozenset({"EACCES", "EPERM", "EROFS"})


def trying(tries: Mapping[str, str], *, first: str = "", end: str = "raise RuntimeError(told)") -> str:
    """A module that makes the tries, expressions by name, when it is imported; `told` is what came of them."""
    made = "".join(f"    {name!r}: lambda: {expression},\n" for name, expression in tries.items())
    return f"import os\n{TRYING}\n{first}\ntold = try_all({{\n    'control': lambda: {CONTROL},\n{made}}})\n{end}\n"


def outcomes(said: str) -> dict[str, str]:
    """What came of each try, by name: what it got, or the error's name. Fails when the control got nothing."""
    found = dict(re.findall(r"(\w+)=(GOT '.*?'|GOT \".*?\"|\w+);", said))
    assert found.pop("control", "").startswith("GOT"), said
    return found


def require_refused(said: str, tries: Mapping[str, str], why: frozenset[str] = NOT_THERE | NOT_ALLOWED) -> None:
    """Require that every try was made, and that the kernel refused it."""
    found = outcomes(said)
    assert set(found) == set(tries), said
    assert {name: what for name, what in found.items() if what not in why} == {}


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may read and write: only a jail keeps cases out of it."""
    folder = Path(tempfile.mkdtemp(prefix="planted-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
