"""Counts the chunks with `//`: the last one is lost when it is not full.

Killed by: equals_serial
Diagnosis: last_chunk_lost
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


def _grep_chunk(part):
    return [line for line in part if _regex.search(line)]


def _call_chunk(func, part):
    return [func(item) for item in part]


def _parts(items, chunk):
    return [items[number * chunk : (number + 1) * chunk] for number in range(len(items) // chunk)]


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    re.compile(pattern)
    found = []
    try:
        with ProcessPoolExecutor(workers, initializer=_load_pattern, initargs=(pattern,)) as pool:
            futures = [pool.submit(_grep_chunk, part) for part in _parts(lines, chunk)]
            for future in futures:
                found += future.result()
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
    return found


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    results = []
    try:
        with ProcessPoolExecutor(workers) as pool:
            futures = [pool.submit(_call_chunk, func, part) for part in _parts(items, chunk)]
            for future in futures:
                results += future.result()
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
    return results
