"""Raises an error of its own instead of the one that was given to fail().

Killed by: fail_reaches_waiters_early_and_late
Diagnosis: another_exception
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
            raise RuntimeError("the gate has failed") from self._error


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    gate = ReadinessGate()
    config = {}
    results = [None] * len(handlers)

    def work(index):
        try:
            gate.wait()
        except Exception:
            return
        results[index] = handlers[index](config)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(handlers))]
    for thread in threads:
        thread.start()
    try:
        config = load()
        gate.open()
    except Exception as error:
        gate.fail(error)
        raise
    finally:
        for thread in threads:
            thread.join()
    return results
