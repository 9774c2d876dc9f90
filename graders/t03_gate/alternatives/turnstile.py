"""A semaphore that each thread takes and gives back, and handlers in a subclass of Thread."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._turnstile = threading.Semaphore(0)
        self._settled = False
        self._error: Exception | None = None

    def open(self) -> None:
        self._settled = True
        self._turnstile.release()

    def fail(self, error: Exception) -> None:
        self._error = error
        self.open()

    def wait(self, timeout: float | None = None) -> None:
        if self._turnstile.acquire(timeout=timeout):
            self._turnstile.release()
        elif not self._settled:  # another thread may hold the turnstile for a moment, though it is open
            raise TimeoutError
        if self._error is not None:
            raise self._error


class Worker(threading.Thread, Generic[T]):
    def __init__(self, gate: ReadinessGate, handler: Callable[[dict[str, Any]], T]) -> None:
        super().__init__()
        self.gate = gate
        self.handler = handler
        self.config: dict[str, Any] = {}
        self.results: list[T] = []

    def run(self) -> None:
        try:
            self.gate.wait()
        except Exception:
            return
        self.results.append(self.handler(self.config))


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    gate = ReadinessGate()
    workers = [Worker(gate, handler) for handler in handlers]
    for worker in workers:
        worker.start()
    try:
        config = load()
        for worker in workers:
            worker.config = config
        gate.open()
    except Exception as error:
        gate.fail(error)
        raise
    finally:
        for worker in workers:
            worker.join()
    return [worker.results[0] for worker in workers]
