"""A virtual thread: what the scheduler knows of one thread of a run."""

from collections.abc import Callable

from course.lab.carriers import Carrier
from course.lab.record import text


class VirtualThread:
    """One thread of a run; `number` counts from 0 (the main thread) in order of creation."""

    def __init__(self, number: int, function: Callable[[], object], started: int) -> None:
        self.number = number
        self.ident = 1000 + number  # what `threading.get_ident()` answers on this thread; never 0
        self.function = function
        self.owner: object = None  # the `threading.Thread` that this is, if it was started as one
        self.system_name = b""  # what `_thread.set_name` has told the system
        self.started = started
        self.ended: int | None = None
        self.alive = True
        self.starting = number > 0
        self.carrier: Carrier
        self.waits_for: object = None
        self.deadline: int | None = None
        self.timed_out = False
        self.site = 0
        self.moments = 0  # points and blocking calls so far
        self.creator = 0  # the number of the thread that started it
        self.blocked_at = 0  # the scheduler's count of points when it blocked last
        self.born_at = 0  # the site that its creator had reached
        self.waited: dict[int, int] = {}  # by site: nanoseconds that this thread was blocked there
        self.on_end: list[Callable[[], None]] = []
        self.stop_orders = 0

    @property
    def name(self) -> str:
        """What the program calls this thread."""
        return "main" if self.number == 0 else text(getattr(self.owner, "_name", f"thread {self.number}"))

    @property
    def daemon(self) -> bool:
        """True for a thread that does not keep the program alive."""
        return getattr(self.owner, "_daemonic", False) is True
