"""A Future is the gate: its result means open, its exception means failed."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._outcome: Future[None] = Future()

    def open(self) -> None:
        self._outcome.set_result(None)

    def fail(self, error: Exception) -> None:
        self._outcome.set_exception(error)

    def wait(self, timeout: float | None = None) -> None:
        self._outcome.result(timeout)


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    loaded: Future[dict[str, Any]] = Future()
    answers: list[Future[T]] = [Future() for _ in handlers]

    def work(handler: Callable[[dict[str, Any]], T], answer: Future[T]) -> None:
        if loaded.exception() is None:
            answer.set_result(handler(loaded.result()))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(handlers, answers, strict=True)]
    for thread in threads:
        thread.start()
    try:
        loaded.set_result(load())
    except Exception as error:
        loaded.set_exception(error)
    for thread in threads:
        thread.join()
    loaded.result()
    return [answer.result() for answer in answers]
