"""Seeds: what the schedules of a grading are drawn with.

Without a key, everybody can draw the same ones again: that is what learners want. With an instructor's key nobody else
knows them before, and the same module gets the same ones whenever it is graded (HMAC, RFC 2104).
"""

import hmac
from pathlib import Path

SHORTEST_KEY = 16


class KeyProblem(Exception):
    """The key cannot be used; the message says why."""


def read_key(path: Path) -> bytes:
    """The key in a file.

    Raises:
        KeyProblem: there is none, or it could be guessed.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise KeyProblem(f"The key {path} cannot be read: {error.strerror}.") from error
    if len(key) < SHORTEST_KEY:
        raise KeyProblem(f"The key in {path} has {len(key)} bytes; make one of at least {SHORTEST_KEY}.")
    return key


def seed_of(key: bytes, source: str) -> str:
    """What the schedules for a module are drawn with; the empty text without a key."""
    return hmac.digest(key, source.encode("utf-8", "surrogatepass"), "sha256").hex() if key else ""
