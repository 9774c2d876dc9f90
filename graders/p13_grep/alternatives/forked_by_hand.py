"""Forks its workers by hand, with a pair of pipes each; a pipe that ends means a death. Messages are pickled."""

import os
import pickle
import re
import select
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class BatchFailed(Exception):
    """A worker process died before all of the work was done."""


class Worker:
    """A forked process, which answers one message after another."""

    def __init__(self, func: Callable[[Any], Any], others: "list[Worker]") -> None:
        tasks, to_worker = os.pipe()
        answers, to_us = os.pipe()
        self.number = os.fork()
        if self.number == 0:
            for each in others:  # or we would keep their pipes open
                each.close()
            os.close(to_worker)
            os.close(answers)
            work(func, open(tasks, "rb"), open(to_us, "wb"))
        os.close(tasks)
        os.close(to_us)
        self.tasks: BinaryIO = open(to_worker, "wb")
        self.answers: BinaryIO = open(answers, "rb")
        self.part = -1

    def send(self, part: int, items: Sequence[Any]) -> None:
        self.part = part
        try:
            self.tasks.write(pickle.dumps(items))
            self.tasks.flush()
        except BrokenPipeError:
            raise BatchFailed("a worker process died") from None

    def answer(self) -> list[Any]:
        try:
            good, value = pickle.load(self.answers)
        except (EOFError, pickle.UnpicklingError):
            raise BatchFailed("a worker process died") from None
        if not good:
            raise value
        return value

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self.tasks.close()
        self.answers.close()


def work(func: Callable[[Any], Any], tasks: BinaryIO, answers: BinaryIO) -> NoReturn:
    try:
        while True:
            items = pickle.load(tasks)
            try:
                answer = (True, [func(item) for item in items])
            except Exception as error:
                answer = (False, error)
            pickle.dump(answer, answers)
            answers.flush()
    finally:
        os._exit(0)


def _run(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    parts = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    results: list[list[R]] = [[] for _ in parts]
    crew: list[Worker] = []
    try:
        for _ in range(min(workers, len(parts))):
            crew.append(Worker(func, crew))
        waiting = list(range(len(parts)))
        for each in crew:
            part = waiting.pop(0)
            each.send(part, parts[part])
        busy = {each.answers: each for each in crew}
        while busy:
            for pipe in select.select(list(busy), [], [])[0]:
                each = busy[pipe]
                results[each.part] = each.answer()
                if waiting:
                    part = waiting.pop(0)
                    each.send(part, parts[part])
                else:
                    del busy[pipe]
    finally:
        for each in crew:
            each.close()
        for each in crew:
            os.waitpid(each.number, 0)
    return [value for part in results for value in part]


def _has(regex: re.Pattern[str], line: str) -> bool:
    return regex.search(line) is not None


def grep(lines: Sequence[str], pattern: str, workers: int, chunk: int) -> list[str]:
    hits = _run(partial(_has, re.compile(pattern)), lines, workers, chunk)
    return [line for line, hit in zip(lines, hits, strict=True) if hit]


def map_chunks(func: Callable[[T], R], items: Sequence[T], workers: int, chunk: int) -> list[R]:
    return _run(func, items, workers, chunk)
