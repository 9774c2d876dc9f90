"""Loads on a thread of its own too; the caller waits at the gate like everybody else."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._settled = threading.Event()
        self._errors: list[Exception] = []

    def open(self) -> None:
        self._settled.set()

    def fail(self, error: Exception) -> None:
        self._errors.append(error)
        self._settled.set()

    def wait(self, timeout: float | None = None) -> None:
        if not self._settled.wait(timeout):
            raise TimeoutError
        for error in self._errors:
            raise error


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    gate = ReadinessGate()
    config: dict[str, Any] = {}
    results: dict[int, T] = {}

    def work(index: int) -> None:
        try:
            gate.wait()
        except Exception:
            return
        results[index] = handlers[index](config)

    def bring() -> None:
        nonlocal config
        try:
            config = load()
            gate.open()
        except Exception as error:
            gate.fail(error)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(handlers))]
    for thread in threads:
        thread.start()
    loader = threading.Thread(target=bring)
    loader.start()
    for thread in [*threads, loader]:
        thread.join()
    gate.wait()
    return [results[index] for index in range(len(handlers))]
