"""Sends each chunk of lines as one text, which is less to pickle than a list; its workers always fork."""

import multiprocessing
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
FORK = multiprocessing.get_context("fork")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


_regex: re.Pattern[str]


def _load_pattern(pattern: str) -> None:
    global _regex
    _regex = re.compile(pattern)


def _hits(text: str) -> list[int]:
    return [number for number, line in enumerate(text.split("\n")) if _regex.search(line)]


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    re.compile(pattern)
    starts = range(0, len(lines), chunk)
    try:
        with ProcessPoolExecutor(workers, FORK, initializer=_load_pattern, initargs=(pattern,)) as pool:
            found = pool.map(_hits, ["\n".join(lines[start : start + chunk]) for start in starts])
            return [lines[start + hit] for start, hits in zip(starts, found, strict=True) for hit in hits]
    except BrokenProcessPool as error:
        raise BatchFailed("a worker process died") from error


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    try:
        with ProcessPoolExecutor(workers, FORK) as pool:
            return list(pool.map(func, items, chunksize=chunk))
    except BrokenProcessPool as error:
        raise BatchFailed("a worker process died") from error
