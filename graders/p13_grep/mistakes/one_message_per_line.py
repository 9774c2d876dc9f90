"""Uses the pool's `map` without `chunksize`: each line is a message of its own.

Killed by: chunked
Diagnosis: one_message_per_item
"""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


_regex: re.Pattern[str]


def _load_pattern(pattern):
    global _regex
    _regex = re.compile(pattern)


def _matches(line):
    return _regex.search(line) is not None


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    re.compile(pattern)
    try:
        with ProcessPoolExecutor(workers, initializer=_load_pattern, initargs=(pattern,)) as pool:
            found = pool.map(_matches, lines)
            return [line for line, hit in zip(lines, found) if hit]
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    try:
        with ProcessPoolExecutor(workers) as pool:
            return list(pool.map(func, items))
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
