"""The `lab` that a scenario drives the student's module with, in virtual time.

Scenarios run inside the same world as the module: their threads, sleeps and tasks are virtual as well.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from course.lab import record
from course.lab.locks import NANOSECONDS, nanoseconds
from course.lab.scheduler import Scheduler
from course.lab.stopping import RunOver
from course.lab.virtual_thread import VirtualThread

_INNER = BaseExceptionGroup.exceptions.__get__


def attempt(function: Callable[..., Any], *args: Any) -> tuple[str, Any]:
    """Call `function`: ("value", what it returned) or ("raised", "ValueError: its message").

    NotImplementedError, which means that the student has not written it yet, comes through.
    """
    try:
        return ("value", function(*args))
    except NotImplementedError:
        raise
    except Exception as exception:
        return ("raised", describe(exception))


class LabThread:
    """A thread that the scenario started."""

    def __init__(self, thread: Any, outcome: list[Any]) -> None:
        self._thread = thread
        self._outcome = outcome

    def result(self) -> Any:
        """Wait for the thread's end; its outcome as `Lab.attempt` returns it, or what `Lab.attempt` let through."""
        self._thread.join()
        outcome = self._outcome[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    @property
    def done(self) -> bool:
        """True when the thread has its outcome."""
        return bool(self._outcome)


class Lab:
    """What a scenario may ask of the world it runs in. All times are virtual seconds."""

    attempt = staticmethod(attempt)

    def __init__(self, scheduler: Scheduler, filename: str) -> None:
        self._scheduler = scheduler
        self._filename = filename
        self._calls: list[dict[str, Any]] = []
        self._own: list[Any] = []  # the threads that the scenario has started

    # --- time and threads --------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the start of the run."""
        return self._scheduler.now / NANOSECONDS

    def sleep(self, seconds: float) -> None:
        """Let time pass: everybody else runs as far as they can first. A thread's sleep, not a coroutine's."""
        if not self._called_by_student():
            self._current().site = 0  # the wait is the scenario's own, at no line of the student's
        self._scheduler.block("lab.sleep", nanoseconds(seconds))

    def _called_by_student(self) -> bool:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        return frame is not None

    def start(self, function: Callable[..., Any], *args: Any) -> LabThread:
        """Run `function` in a thread of the scenario's own."""
        threading = importlib.import_module("threading")
        outcome: list[Any] = []

        def call() -> None:
            try:
                outcome.append(self.attempt(function, *args))
            except RunOver:
                raise
            except BaseException as exception:
                outcome.append(exception)

        thread = threading.Thread(target=call, name=f"caller {len(self._own) + 1}", daemon=True)
        self._own.append(thread)
        thread.start()
        return LabThread(thread, outcome)

    def together(self, *functions: Callable[[], Any]) -> list[Any]:
        """Run the functions in threads of their own, all at the same time; their outcomes as `attempt` returns them."""
        return [thread.result() for thread in [self.start(function) for function in functions]]

    # --- evidence ----------------------------------------------------------------------------------------------

    @contextmanager
    def call(self, name: str, tag: object = "") -> Iterator[None]:
        """Note that a call of the collaborator `name` is going on: when, on which thread or task, with which `tag`."""
        entry: dict[str, Any] = {
            "name": name,
            "tag": record.text(str(tag)),
            "lane": self._lane(),
            "thread": self._current().number,
            "start": self._scheduler.now,
            "end": None,
            "error": "",
        }
        trace = self._scheduler.trace
        if trace is not None and self._called_by_student():
            trace.add(self._scheduler.now, entry["thread"], "call", detail=str(len(self._calls)))
        self._calls.append(entry)
        try:
            yield
        except BaseException as exception:
            entry["error"] = record.type_name(type(exception))
            raise
        finally:
            if self._scheduler.outcome is None:
                entry["end"] = self._scheduler.now

    def threads_left(self) -> list[str]:
        """The names of the threads that the student's code has started and that have not ended."""
        return [thread.name for thread in self.student_threads()]

    def student_threads(self) -> list[VirtualThread]:
        """The living threads that are neither the main thread nor the scenario's own."""
        me = self._scheduler.current
        return [
            thread
            for thread in self._scheduler.alive_besides(me)
            if thread.number != 0 and not any(thread.owner is own for own in self._own)
        ]

    def _current(self) -> VirtualThread:
        current = self._scheduler.current
        assert current is not None
        return current

    def _lane(self) -> str:
        """Who is calling: the running task, if there is one, else the running thread."""
        tasks = importlib.import_module("sys").modules.get("asyncio.tasks")
        if tasks is not None:
            try:
                return record.text(tasks.current_task().get_name())
            except (RuntimeError, AttributeError):
                pass
        thread = self._current()
        return record.text(thread.name)


def describe(exception: BaseException) -> str:
    """`ValueError: no such coin`; groups as `ExceptionGroup[ValueError: ..., KeyError: ...]`."""
    name = record.type_name(type(exception))
    if issubclass(type(exception), BaseExceptionGroup):  # what it says of itself may be untrue, or endless
        return f"{name}[{', '.join(map(describe, _INNER(exception)))}]"
    try:
        message = record.text(str(exception))
    except BaseException:
        message = "(its message cannot be shown)"
    return f"{name}: {message}" if message else name
