"""Hand-made workers that a fork server starts, on every Python; each on a pipe of its own."""

import multiprocessing
import re
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
CONTEXT = multiprocessing.get_context("forkserver")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


def _answer(func: Callable[[Any], Any], part: Sequence[Any]) -> tuple[bool, Any]:
    try:
        return True, [func(item) for item in part]
    except Exception as error:
        return False, error


def _worker(func: Callable[[Any], Any], pipe: Connection) -> None:
    while (part := pipe.recv()) is not None:
        pipe.send(_answer(func, part))


def _send(pipe: Connection, message: Any) -> None:
    try:
        pipe.send(message)
    except ConnectionError as error:
        raise BatchFailed("a worker process died") from error


def _receive(pipe: Connection) -> Any:
    try:
        good, value = pipe.recv()
    except (EOFError, ConnectionError) as error:
        raise BatchFailed("a worker process died") from error
    if not good:
        raise value
    return value


def _serve(crew: dict[Connection, ForkServerProcess], parts: list[Sequence[T]]) -> list[list[R]]:
    todo = list(enumerate(parts))[::-1]
    answers: list[list[R]] = [[] for _ in parts]
    asked: dict[Connection, int] = {}  # pipe -> the number of the part that it was sent
    for pipe in crew:
        asked[pipe], part = todo.pop()
        _send(pipe, part)
    while asked:
        ready = wait([*asked, *(process.sentinel for process in crew.values())])
        answered = [pipe for pipe in asked if pipe in ready]
        if not answered:
            raise BatchFailed("a worker process died")
        for pipe in answered:
            answers[asked.pop(pipe)] = _receive(pipe)
            if todo:
                asked[pipe], part = todo.pop()
                _send(pipe, part)
    for pipe in crew:
        _send(pipe, None)
    return answers


def _run(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    parts = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    crew: dict[Connection, ForkServerProcess] = {}
    try:
        for _ in range(min(workers, len(parts))):
            ours, theirs = CONTEXT.Pipe()
            process = CONTEXT.Process(target=_worker, args=(func, theirs), daemon=True)
            process.start()
            theirs.close()  # only the worker holds it now: when it dies, we read the end of the file
            crew[ours] = process
        answers: list[list[R]] = _serve(crew, parts)
    except BaseException:
        for process in crew.values():
            process.kill()
        raise
    finally:
        for pipe, process in crew.items():
            process.join()
            pipe.close()
    return [value for answer in answers for value in answer]


def _has(regex: re.Pattern[str], line: str) -> bool:
    return regex.search(line) is not None


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    hits = _run(partial(_has, re.compile(pattern)), lines, workers, chunk)
    return [line for line, hit in zip(lines, hits, strict=True) if hit]


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    return _run(func, items, workers, chunk)
