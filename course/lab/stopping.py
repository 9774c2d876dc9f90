"""How a virtual thread is stopped when its run is over, also one that does not want to be."""

from typing import NoReturn

from course.lab.virtual_thread import VirtualThread

# A thread that swallows this many orders to stop is left where it is.
STOP_TRIES = 20


class RunOver(BaseException):
    """Raised inside virtual threads when their run has ended, to unwind them."""


def obey_stop(thread: VirtualThread) -> NoReturn:
    """Unwind `thread`, which is the one that calls; after too many tries, leave it where it is.

    Raises:
        RunOver: to unwind it.
    """
    thread.stop_orders += 1
    if thread.stop_orders > STOP_TRIES:
        thread.carrier.park()
    raise RunOver
