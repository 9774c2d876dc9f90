"""`sys._current_frames` in a world: where each of its threads stands, by the number that `threading` has for it."""

import sys
from collections.abc import Callable
from types import FrameType

from course.lab.carriers import frame_of
from course.lab.scheduler import Scheduler


def current_frames_of(scheduler: Scheduler) -> Callable[[], dict[int, FrameType]]:
    """A stand-in for `sys._current_frames`, which knows the one OS thread only that all virtual threads share."""

    def _current_frames() -> dict[int, FrameType]:
        sys.audit("sys._current_frames")
        here, caller = scheduler.current, sys._getframe(1)
        alive = [thread for thread in scheduler.threads if thread.alive]
        frames = {thread.ident: caller if thread is here else frame_of(thread.carrier) for thread in alive}
        return {ident: frame for ident, frame in frames.items() if frame is not None}

    return _current_frames
