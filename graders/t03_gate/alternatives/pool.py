"""A pool with one thread for each handler; its futures carry the results."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._settled = threading.Event()
        self._error: Exception | None = None

    def open(self) -> None:
        self._settled.set()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._settled.set()

    def wait(self, timeout: float | None = None) -> None:
        if not self._settled.wait(timeout):
            raise TimeoutError
        if self._error is not None:
            raise self._error


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    gate = ReadinessGate()

    def work(handler: Callable[[dict[str, Any]], T]) -> T:
        gate.wait()
        return handler(config)

    with ThreadPoolExecutor(max_workers=max(1, len(handlers))) as pool:
        futures = [pool.submit(work, handler) for handler in handlers]
        try:
            config = load()
            gate.open()
        except Exception as error:
            gate.fail(error)
            raise
    return [future.result() for future in futures]
