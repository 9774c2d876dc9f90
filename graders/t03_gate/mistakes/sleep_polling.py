"""Looks at a flag every ten milliseconds instead of letting itself be woken.

Killed by: no_cpu_no_polling
Diagnosis: polling
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    def __init__(self) -> None:
        self._ready = False
        self._error = None

    def open(self) -> None:
        self._ready = True

    def fail(self, error: Exception) -> None:
        self._error = error
        self._ready = True

    def wait(self, timeout: float | None = None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._ready:
            pause = 0.01
            if deadline is not None:
                pause = min(pause, deadline - time.monotonic())
                if pause <= 0:
                    raise TimeoutError("not ready yet")
            time.sleep(pause)
        if self._error is not None:
            raise self._error


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
