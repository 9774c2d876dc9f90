"""Wait until ready: a gate that opens once, for everybody, and a service that starts behind it."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadinessGate:
    """A gate that threads wait at until somebody opens it, or says that it will never open.

    A new gate is shut. Call ``open()`` or ``fail()`` on it, one of them, once. From then on the gate stays as it is:
    a thread that comes to ``wait()`` later finds the same answer as one that was waiting already.

    Example::

        gate = ReadinessGate()
        threading.Thread(target=lambda: (connect(), gate.open())).start()
        gate.wait(timeout=10)  # goes on when connect() is done, or raises TimeoutError after ten seconds
    """

    def __init__(self) -> None:
        """Make a gate that is shut."""
        # YOUR CODE HERE
        raise NotImplementedError()

    def open(self) -> None:
        """Let every thread through: those that wait now, and those that come later.

        Example::

            gate.open()
            gate.wait()  # returns at once
        """
        # YOUR CODE HERE
        raise NotImplementedError()

    def fail(self, error: Exception) -> None:
        """Make ``wait()`` raise ``error`` in every thread: those that wait now, and those that come later.

        Example::

            gate.fail(OSError("no such file: shop.toml"))
            gate.wait()  # raises this OSError at once
        """
        # YOUR CODE HERE
        raise NotImplementedError()

    def wait(self, timeout: float | None = None) -> None:
        """Return when the gate is open; raise the very error that was given to ``fail()`` when it has failed.

        Raises ``TimeoutError`` when neither has happened after ``timeout`` seconds. With ``timeout=None`` it waits as
        long as it takes; with ``timeout=0`` it only looks. A waiting thread sleeps: it uses no processor time.

        Example::

            try:
                gate.wait(timeout=2.5)
            except TimeoutError:
                print("not ready yet")
        """
        # YOUR CODE HERE
        raise NotImplementedError()


def serve_when_ready(load: Callable[[], dict[str, Any]], handlers: Sequence[Callable[[dict[str, Any]], T]]) -> list[T]:
    """Return what every handler made of the configuration, in the order of the handlers.

    Each handler has a thread of its own. The threads are started first and wait at a gate; then ``load()`` is called,
    once. When it has returned the configuration, all the handlers run at the same time, each called with it. Handlers
    do not raise.

    If ``load()`` raises, its exception is raised here and no handler is called. However this function ends, every
    thread that it started has ended too.

    Example::

        def load() -> dict[str, Any]:
            time.sleep(2)
            return {"currency": "EUR"}

        def greet(config: dict[str, Any]) -> str:
            return "prices in " + config["currency"]

        serve_when_ready(load, [greet, len])  # ["prices in EUR", 1], after two seconds
    """
    # YOUR CODE HERE
    raise NotImplementedError()
