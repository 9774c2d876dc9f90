"""Hand-made workers share one `multiprocessing.Queue` of tasks and answer on a pipe each; its end means a death."""

import multiprocessing
import re
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


def _answer(func: Callable[[Any], Any], part: Sequence[Any]) -> tuple[bool, Any]:
    try:
        return True, [func(item) for item in part]
    except Exception as error:
        return False, error


def _worker(func: Callable[[Any], Any], tasks: "multiprocessing.Queue[Any]", results: Connection) -> None:
    while (task := tasks.get()) is not None:
        number, part = task
        results.send((number, *_answer(func, part)))


def _run(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    parts = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    answers: list[list[R]] = [[] for _ in parts]
    tasks: multiprocessing.Queue[Any] = multiprocessing.Queue()
    crew: dict[Connection, multiprocessing.Process] = {}
    try:
        for _ in range(min(workers, len(parts))):
            ours, theirs = multiprocessing.Pipe(duplex=False)
            process = multiprocessing.Process(target=_worker, args=(func, tasks, theirs), daemon=True)
            process.start()
            theirs.close()
            crew[ours] = process
        for task in enumerate(parts):
            tasks.put(task)
        missing = len(parts)
        while missing:
            for pipe in wait(list(crew)):
                assert isinstance(pipe, Connection)
                try:
                    number, good, value = pipe.recv()
                except (EOFError, ConnectionError) as error:
                    raise BatchFailed("a worker process died") from error
                if not good:
                    raise value
                answers[number] = value
                missing -= 1
        for _ in crew:
            tasks.put(None)  # not before: until now a worker that ended was a worker that died
    except BaseException:
        for process in crew.values():
            process.kill()
        tasks.cancel_join_thread()
        raise
    finally:
        for pipe, process in crew.items():
            process.join()
            pipe.close()
        tasks.close()
    return [value for answer in answers for value in answer]


def _has(regex: re.Pattern[str], line: str) -> bool:
    return regex.search(line) is not None


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    hits = _run(partial(_has, re.compile(pattern)), lines, workers, chunk)
    return [line for line, hit in zip(lines, hits, strict=True) if hit]


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    return _run(func, items, workers, chunk)
