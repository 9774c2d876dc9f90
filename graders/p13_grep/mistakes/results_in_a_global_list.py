"""Workers append to a global list: each process has its own, the caller's stays empty.

Killed by: equals_serial
Diagnosis: results_stay_in_the_workers
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
_results = []


def _load_pattern(pattern):
    global _regex
    _regex = re.compile(pattern)


def _grep_chunk(part):
    for line in part:
        if _regex.search(line):
            _results.append(line)


def _call_chunk(func, part):
    for item in part:
        _results.append(func(item))


def _parts(items, chunk):
    return [items[start : start + chunk] for start in range(0, len(items), chunk)]


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    re.compile(pattern)
    _results.clear()
    try:
        with ProcessPoolExecutor(workers, initializer=_load_pattern, initargs=(pattern,)) as pool:
            futures = [pool.submit(_grep_chunk, part) for part in _parts(lines, chunk)]
            for future in futures:
                future.result()
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
    return list(_results)


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    _results.clear()
    try:
        with ProcessPoolExecutor(workers) as pool:
            futures = [pool.submit(_call_chunk, func, part) for part in _parts(items, chunk)]
            for future in futures:
                future.result()
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")
    return list(_results)
