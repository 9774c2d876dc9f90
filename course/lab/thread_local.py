"""A world's `threading.local`: data by virtual thread, because one OS thread carries many of them."""

import weakref
from collections.abc import Callable
from typing import Any

from course.lab.virtual_thread import VirtualThread


def local_type(current: Callable[[], VirtualThread | None]) -> type:  # noqa: C901  # one small class
    """A `_thread._local` whose attributes belong to the thread that `current` names.

    As in `_threading_local`, each thread has its own `__dict__`, put in place before every access. No lock is needed:
    no preemption point stands in here.
    """

    class Local:
        __slots__ = ("__dict__", "__weakref__", "_local_arguments", "_local_dicts")

        def __new__(cls, /, *args: Any, **kwargs: Any) -> Any:
            if (args or kwargs) and cls.__init__ is object.__init__:
                raise TypeError("Initialization arguments are not supported")
            self = object.__new__(cls)
            object.__setattr__(self, "_local_arguments", (args, kwargs))
            object.__setattr__(self, "_local_dicts", {_number(): object.__getattribute__(self, "__dict__")})
            _forget_at_end(self)
            return self

        def __getattribute__(self, name: str) -> Any:
            _turn_to_current(self)
            return object.__getattribute__(self, name)

        def __setattr__(self, name: str, value: object) -> None:
            _turn_to_current(self, name)
            object.__setattr__(self, name, value)

        def __delattr__(self, name: str) -> None:
            _turn_to_current(self, name)
            object.__delattr__(self, name)

    def _number() -> int:
        thread = current()
        return thread.number if thread is not None else 0

    def _turn_to_current(local: Local, name: str = "") -> None:
        if name == "__dict__":
            kind = type(local)
            full_name = f"{kind.__module__}.{kind.__qualname__}" if kind is Local else kind.__name__
            raise AttributeError(f"{full_name!r} object attribute '__dict__' is read-only")
        number = _number()
        dicts = object.__getattribute__(local, "_local_dicts")
        if number not in dicts:
            dicts[number] = {}
            _forget_at_end(local)
            args, kwargs = object.__getattribute__(local, "_local_arguments")
            type(local).__init__(local, *args, **kwargs)  # each thread runs a subclass's __init__ for itself
        object.__setattr__(local, "__dict__", dicts[number])

    def _forget_at_end(local: Local) -> None:
        thread = current()
        if thread is not None:
            # The thread must not keep alive what the program has let go of.
            reference = weakref.ref(local)
            thread.on_end.append(lambda: _forget(reference(), thread.number))

    def _forget(local: Local | None, number: int) -> None:
        if local is not None:
            object.__setattr__(local, "__dict__", {})  # it may be the one of this very thread
            object.__getattribute__(local, "_local_dicts").pop(number, None)

    Local.__module__, Local.__qualname__, Local.__name__ = "_thread", "_local", "_local"
    return Local
