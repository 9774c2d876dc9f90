"""A pool whose workers are spawned on every Python: nothing is inherited, everything is sent."""

import multiprocessing
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import chain
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
SPAWN = multiprocessing.get_context("spawn")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


_regex: re.Pattern[str]


def _load_pattern(pattern: str) -> None:
    global _regex
    _regex = re.compile(pattern)


def _grep_chunk(part: Sequence[str]) -> list[str]:
    return [line for line in part if _regex.search(line)]


def _call_chunk(func: Callable[[T], R], part: Sequence[T]) -> list[R]:
    return [func(item) for item in part]


def _parts(items: Sequence[T], chunk: int) -> list[Sequence[T]]:
    return [items[start : start + chunk] for start in range(0, len(items), chunk)]


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    re.compile(pattern)
    try:
        with ProcessPoolExecutor(workers, SPAWN, initializer=_load_pattern, initargs=(pattern,)) as pool:
            return list(chain.from_iterable(pool.map(_grep_chunk, _parts(lines, chunk))))
    except BrokenProcessPool as error:
        raise BatchFailed("a worker process died") from error


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    try:
        with ProcessPoolExecutor(workers, SPAWN) as pool:
            return list(chain.from_iterable(pool.map(partial(_call_chunk, func), _parts(items, chunk))))
    except BrokenProcessPool as error:
        raise BatchFailed("a worker process died") from error
