"""Cuts the work into one share for each worker and never looks at `chunk`.

Killed by: chunked
Diagnosis: one_share_per_worker
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
            share = max(1, (len(lines) + workers - 1) // workers)
            found = pool.map(_matches, lines, chunksize=share)
            return [line for line, hit in zip(lines, found) if hit]
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    try:
        with ProcessPoolExecutor(workers) as pool:
            share = max(1, (len(items) + workers - 1) // workers)
            return list(pool.map(func, items, chunksize=share))
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
