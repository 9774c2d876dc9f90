"""Starts one process more than it was asked for, "because the caller only waits".

Killed by: two_processes
Diagnosis: one_slot_too_many
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
        with ProcessPoolExecutor(workers + 1, initializer=_load_pattern, initargs=(pattern,)) as pool:
            found = pool.map(_matches, lines, chunksize=chunk)
            return [line for line, hit in zip(lines, found) if hit]
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    try:
        with ProcessPoolExecutor(workers + 1) as pool:
            return list(pool.map(func, items, chunksize=chunk))
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
