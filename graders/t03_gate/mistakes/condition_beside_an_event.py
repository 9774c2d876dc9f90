"""Has an Event in serve_when_ready, but a Condition without a flag in the class.

Killed by: late_waiter_passes
Diagnosis: signal_not_remembered
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._error = None

    def open(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> None:
        with self._changed:
            if self._error is None and not self._changed.wait(timeout):
                raise TimeoutError("not ready yet")
            if self._error is not None:
                raise self._error


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    ready = threading.Event()
    config = None
    results = [None] * len(handlers)

    def work(index):
        ready.wait()
        if config is not None:
            results[index] = handlers[index](config)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(handlers))]
    for thread in threads:
        thread.start()
    try:
        config = load()
    finally:
        ready.set()
        for thread in threads:
            thread.join()
    return results
