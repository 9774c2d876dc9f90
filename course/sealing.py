"""Sealed solutions: the self-study edition holds the references in a form that nobody reads by accident.

It is a courtesy and no lock: compressed and written in base64, so neither a glance nor a search of the folder nor an
editor's completion gives an answer away. Whoever wants to read one can; `course solution` shows it when the lesson is
passed.
"""

import base64
import zlib

SUFFIX = ".sealed"
OPENS_WITH = "`course solution` shows this when the lesson is passed."


class SealError(Exception):
    """A sealed file cannot be read."""


def seal(source: str) -> str:
    """`source` in a form that says how to open it and shows nothing else."""
    return f"{OPENS_WITH}\n" + base64.encodebytes(zlib.compress(source.encode("utf-8"), 9)).decode("ascii")


def unseal(sealed: str) -> str:
    """The source that was sealed.

    Raises:
        SealError: this is not what `seal` has written.
    """
    try:
        return zlib.decompress(base64.b64decode(sealed.removeprefix(OPENS_WITH), validate=False)).decode("utf-8")
    except (ValueError, zlib.error) as error:
        raise SealError(f"not a sealed solution: {error}") from error
