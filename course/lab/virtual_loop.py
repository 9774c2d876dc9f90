"""The event loop of a world: asyncio's own `BaseEventLoop`, whose selector waits in the virtual scheduler.

Stands in for `asyncio.unix_events`, so that `asyncio.run`, `Runner` and `new_event_loop` make virtual loops.
"""

import sys
from types import ModuleType
from typing import Any, ClassVar

from course.lab.locks import nanoseconds
from course.lab.ready_queue import ReadyQueue
from course.lab.refusals import NETWORK, PROCESS, refused
from course.lab.scheduler import Scheduler
from course.lab.virtual_thread import VirtualThread


class Selector:
    """Waits for the next timer, or for `call_soon_threadsafe` from another thread."""

    _course_scheduler: ClassVar[Scheduler]

    def __init__(self) -> None:
        self._course_waiting: VirtualThread | None = None
        self._woken = False

    def select(self, timeout: float | None) -> list[object]:
        """Block the loop's thread for `timeout` virtual seconds (None: until woken); there never is any I/O."""
        scheduler = self._course_scheduler
        if not self._woken:
            if timeout is not None and timeout <= 0:
                scheduler.point()
            else:
                self._course_waiting = scheduler.current
                scheduler.block(self, None if timeout is None else nanoseconds(timeout))
                self._course_waiting = None
        self._woken = False
        trace, me = scheduler.trace, scheduler.current
        if trace is not None and me is not None:
            trace.order.acquire(me.number, self)
        return []

    def wake(self) -> None:
        """End the current or the next wait; may be called from any thread."""
        self._woken = True
        scheduler = self._course_scheduler
        trace, me = scheduler.trace, scheduler.current
        if trace is not None and me is not None:
            trace.order.release(me.number, self)
        if self._course_waiting is not None:
            scheduler.wake(self._course_waiting)
            self._course_waiting = None

    def close(self) -> None:
        """Nothing to close."""


def loop_module(scheduler: Scheduler, base_events: Any, events: Any, report: Any) -> ModuleType:
    """The stand-in for `asyncio.unix_events`; `report` is told what the loop's exception handler is told."""
    of_world = {"_course_scheduler": scheduler}
    selector_type, ready_queue_type = (type(each.__name__, (each,), of_world) for each in (Selector, ReadyQueue))

    class VirtualEventLoop(base_events.BaseEventLoop):  # type: ignore[misc]
        def __init__(self, selector: object = None) -> None:
            super().__init__()
            self._selector = selector_type()  # whichever was asked for: there is no I/O to wait for
            if scheduler.any_order:
                self._ready = ready_queue_type(sys.modules["asyncio.tasks"].Task)
            if scheduler.trace is not None and scheduler.trace.tasks is not None:
                scheduler.trace.tasks.follow(sys.modules["asyncio.tasks"])

        def _process_events(self, event_list: list[object]) -> None:
            pass

        def _write_to_self(self) -> None:
            self._selector.wake()

        def default_exception_handler(self, context: dict[str, Any]) -> None:
            report(context)
            super().default_exception_handler(context)

        subprocess_exec = subprocess_shell = refused(PROCESS)
        create_connection = create_server = sock_connect = sock_accept = refused(NETWORK)
        create_datagram_endpoint = create_unix_connection = create_unix_server = refused(NETWORK)
        add_signal_handler = remove_signal_handler = refused("a signal (loop.add_signal_handler)")
        add_reader = remove_reader = add_writer = remove_writer = refused("waiting for a descriptor (loop.add_reader)")
        connect_read_pipe = connect_write_pipe = refused("waiting for a descriptor (loop.connect_read_pipe)")

    has_public_policies = hasattr(events, "BaseDefaultEventLoopPolicy")  # up to 3.13
    base = events.BaseDefaultEventLoopPolicy if has_public_policies else events._BaseDefaultEventLoopPolicy

    class VirtualEventLoopPolicy(base):  # type: ignore[misc,valid-type]
        _loop_factory = VirtualEventLoop

    offered: dict[str, type] = {"SelectorEventLoop": VirtualEventLoop}
    if sys.version_info >= (3, 13):
        offered["EventLoop"] = VirtualEventLoop
    if has_public_policies:
        offered["DefaultEventLoopPolicy"] = VirtualEventLoopPolicy
    module = ModuleType("asyncio.unix_events")
    module.__dict__.update(offered, __all__=tuple(offered), _DefaultEventLoopPolicy=VirtualEventLoopPolicy)
    return module
