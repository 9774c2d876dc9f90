"""The folder for temporary files, short enough for sockets in it: their paths have about 100 bytes at most."""

import os
import tempfile

# A path of a Unix socket has 107 bytes on Linux. Those of `multiprocessing` lie up to 57 deeper than a starter's place.
LONGEST = 50


def short_folder(*, deeper: int = 0) -> str:
    """The folder for temporary files, or another when sockets would get too long a path, `deeper` bytes below it."""
    usual = tempfile.gettempdir()
    return next((path for path in (usual, "/tmp", "/var/tmp") if _fits(path, LONGEST - deeper)), usual)  # noqa: S108


def _fits(folder: str, longest: int) -> bool:
    return len(os.fsencode(folder)) <= longest and os.access(folder, os.W_OK | os.X_OK)
