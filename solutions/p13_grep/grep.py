"""Grep a big log on all cores: a pool of processes, work in chunks."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class BatchFailed(Exception):
    """A worker process died before all of the work was done; there is no result.

    The cause is usually outside of your code: the system killed the process because memory ran out, or a C library
    crashed.
    """


_regex: re.Pattern[str]  # exists in the worker processes only: `_load_pattern` sets it


def _load_pattern(pattern: str) -> None:
    """Runs once in each worker process, before its first line."""
    ### BEGIN SOLUTION
    global _regex
    _regex = re.compile(pattern)
    ### END SOLUTION


def _matches(line: str) -> bool:
    """Runs in a worker process, for each line."""
    ### BEGIN SOLUTION
    return _regex.search(line) is not None
    ### END SOLUTION


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    """Return the lines in which `pattern` is found, in their order, searched by `workers` processes.

    The lines travel in chunks: each message to a worker carries `chunk` lines (the last one may carry fewer). The
    pattern travels to each worker once at most, however many chunks there are. It does not matter how Python starts
    processes ("fork", "spawn" or "forkserver").

    Raises `re.error` here, in the caller, if `pattern` is not a regular expression, and `BatchFailed` if a worker dies.

        >>> grep(["GET /", "error 7", "GET /cart", "error 9"], r"error \\d", workers=2, chunk=2)
        ['error 7', 'error 9']
    """
    ### BEGIN SOLUTION
    re.compile(pattern)  # a bad pattern fails here; in the initializer it would only break the pool
    try:
        with ProcessPoolExecutor(workers, initializer=_load_pattern, initargs=(pattern,)) as pool:
            found = pool.map(_matches, lines, chunksize=chunk)
            return [line for line, hit in zip(lines, found, strict=True) if hit]
    except BrokenProcessPool as error:
        raise BatchFailed("a worker process died") from error
    ### END SOLUTION


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    """Return `[func(item) for item in items]`, computed by `workers` processes, `chunk` items to a message.

    All workers are busy at the same time, `func` never runs in the calling process, and one crew of at most `workers`
    processes does all the chunks. `func` must be importable, as everything that is sent to a process.

    Raises `BatchFailed` if a worker dies; what `func` raises comes out as it is.

        >>> map_chunks(len, ["a", "bcd", "ef"], workers=2, chunk=2)
        [1, 3, 2]
    """
    ### BEGIN SOLUTION
    try:
        with ProcessPoolExecutor(workers) as pool:
            return list(pool.map(func, items, chunksize=chunk))
    except BrokenProcessPool as error:
        raise BatchFailed("a worker process died") from error
    ### END SOLUTION
