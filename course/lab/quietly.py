"""Compiling a student's text without a word."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """Ignore warnings: one that the compiler gives is neither an error, whatever the filters say, nor output of a run.

    What the compiler warns of, `return` in a `finally` block for instance, the judge tells.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
