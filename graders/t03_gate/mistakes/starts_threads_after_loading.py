"""Loads first and starts the threads afterwards, when there is nothing left to wait for.

Killed by: threads_wait_already_during_load
Diagnosis: threads_start_too_late
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._ready = threading.Event()
        self._error = None

    def open(self) -> None:
        self._ready.set()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._ready.set()

    def wait(self, timeout: float | None = None) -> None:
        if not self._ready.wait(timeout):
            raise TimeoutError("not ready yet")
        if self._error is not None:
            raise self._error


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    gate = ReadinessGate()
    config = load()
    gate.open()
    results = [None] * len(handlers)

    def work(index):
        gate.wait()
        results[index] = handlers[index](config)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(handlers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
