"""One thread of the parent drives one process: it takes a slice from a queue, sends it and waits for the answer."""

import multiprocessing
import queue
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
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


def _worker(func: Callable[[Any], Any], pipe: Connection) -> None:
    while (part := pipe.recv()) is not None:
        pipe.send(_answer(func, part))


def _run(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    todo: queue.Queue[tuple[int, Sequence[T]]] = queue.Queue()
    for number, start in enumerate(range(0, len(items), chunk)):
        todo.put((number, items[start : start + chunk]))
    answers: dict[int, list[R]] = {}
    failures: list[Exception] = []
    crew: list[tuple[Connection, multiprocessing.Process]] = []

    def give_up(error: Exception) -> None:
        failures.append(error)
        for _, process in crew:
            process.kill()  # the other threads read the end of the file, too

    def drive(pipe: Connection) -> None:
        while not failures:
            try:
                number, part = todo.get_nowait()
            except queue.Empty:
                return
            try:
                pipe.send(part)
                good, value = pipe.recv()
            except (EOFError, ConnectionError):
                return give_up(BatchFailed("a worker process died"))
            except Exception as error:
                return give_up(error)
            if not good:
                return give_up(value)
            answers[number] = value

    for _ in range(min(workers, todo.qsize())):  # all processes first: forking beside threads is asking for trouble
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=_worker, args=(func, theirs), daemon=True)
        process.start()
        theirs.close()
        crew.append((ours, process))
    threads = [threading.Thread(target=drive, args=(pipe,)) for pipe, _ in crew]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pipe, process in crew:
        with suppress(ConnectionError):
            pipe.send(None)
        process.join()
        pipe.close()
    if failures:
        raise failures[0]
    return [value for number in sorted(answers) for value in answers[number]]


def _has(regex: re.Pattern[str], line: str) -> bool:
    return regex.search(line) is not None


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    hits = _run(partial(_has, re.compile(pattern)), lines, workers, chunk)
    return [line for line, hit in zip(lines, hits, strict=True) if hit]


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    return _run(func, items, workers, chunk)
