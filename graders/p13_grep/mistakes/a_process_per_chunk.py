"""Starts a process for each chunk in `map_chunks`: all at once, however few workers were asked for.

Killed by: two_processes
Diagnosis: a_new_crew_each_time
"""

import multiprocessing
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
            found = pool.map(_matches, lines, chunksize=chunk)
            return [line for line, hit in zip(lines, found) if hit]
    except BrokenProcessPool:
        raise BatchFailed("a worker process died")


def _call_chunk(func, pipe):
    part = pipe.recv()
    try:
        pipe.send([func(item) for item in part])
    except Exception as error:
        pipe.send(error)


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    pipes = []
    processes = []
    for start in range(0, len(items), chunk):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=_call_chunk, args=(func, theirs))
        process.start()
        theirs.close()
        ours.send(items[start : start + chunk])
        pipes.append(ours)
        processes.append(process)
    answers = []
    for pipe, process in zip(pipes, processes):
        try:
            answers.append(pipe.recv())
        except (EOFError, OSError):
            answers.append(BatchFailed("a worker process died"))
        pipe.close()
        process.join()
    results = []
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
        results += answer
    return results
