"""Binds the pattern to the function with `partial`, so it is pickled again for each chunk.

Killed by: pattern_not_sent_per_task
Diagnosis: shipped_with_every_task
"""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


def _matches(pattern, line):
    return re.search(pattern, line) is not None


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    re.compile(pattern)
    try:
        with ProcessPoolExecutor(workers) as pool:
            found = pool.map(partial(_matches, pattern), lines, chunksize=chunk)
            return [line for line, hit in zip(lines, found) if hit]
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    try:
        with ProcessPoolExecutor(workers) as pool:
            return list(pool.map(func, items, chunksize=chunk))
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
