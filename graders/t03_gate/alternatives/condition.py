"""A Condition and a state that it guards instead of an Event."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._settled = False
        self._error: Exception | None = None

    def open(self) -> None:
        self._settle(None)

    def fail(self, error: Exception) -> None:
        self._settle(error)

    def _settle(self, error: Exception | None) -> None:
        with self._changed:
            self._error = error
            self._settled = True
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._settled, timeout):
                raise TimeoutError
            if self._error is not None:
                raise self._error


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    gate = ReadinessGate()
    configs: list[dict[str, Any]] = []
    results: dict[int, T] = {}

    def work(index: int) -> None:
        try:
            gate.wait()
        except Exception:
            return
        results[index] = handlers[index](configs[0])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(handlers))]
    for thread in threads:
        thread.start()
    failure: Exception | None = None
    try:
        configs.append(load())
    except Exception as error:
        failure = error
    if failure is None:
        gate.open()
    else:
        gate.fail(failure)
    for thread in threads:
        thread.join()
    if failure is not None:
        raise failure
    return [results[index] for index in range(len(handlers))]
