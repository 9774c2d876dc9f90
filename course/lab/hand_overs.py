"""Happens-before between threads where `threading` hands something over without a lock, for traced runs."""

import functools
from typing import Any

from course.lab.scheduler import Scheduler
from course.lab.trace import Trace


def add_hand_overs(threading: Any, scheduler: Scheduler) -> None:
    """Tell the trace of a flag that is seen set, and of a thread that is seen to have ended.

    `Event.is_set` reads its flag without taking the event's lock; up to 3.12, whoever asks for a thread whose end
    somebody else has met already takes no lock either. And no hand-over is what two threads have in common only by
    being started or ended by the same module.
    """
    threading._active_limbo_lock.orders = False
    if hasattr(threading, "_shutdown_locks_lock"):  # up to 3.12
        threading._shutdown_locks_lock.orders = False

    def follows_set(trace: Trace, event: Any, is_set: object) -> None:
        if is_set is True and scheduler.current is not None:
            trace.order.acquire(scheduler.current.number, event._cond._lock)

    def follows_end(trace: Trace, thread: Any, _: object) -> None:
        if scheduler.current is None:
            return
        ended = next((one for one in scheduler.threads if one.ident == thread.ident and not one.alive), None)
        if ended is not None:
            trace.order.join(scheduler.current.number, ended.number)

    _after(scheduler, threading.Event, "is_set", follows_set)
    _after(scheduler, threading.Thread, "join", follows_end)
    _after(scheduler, threading.Thread, "is_alive", follows_end)


def _after(scheduler: Scheduler, cls: type, name: str, note: Any) -> None:
    """In traced runs, let `note` be told of the trace, the object and the answer whenever the method comes back."""
    method = getattr(cls, name)

    @functools.wraps(method)
    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = method(self, *args, **kwargs)
        if scheduler.trace is not None:
            note(scheduler.trace, self, answer)
        return answer

    setattr(cls, name, noted)
