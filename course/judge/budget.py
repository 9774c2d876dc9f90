"""Budgets: what all the cases of one submission's lesson may take together.

A case has limits of its own (`workers`). A lesson has dozens of cases, and a submission several lessons: without a
budget, one that is just within its limits each time would keep the judge for hours. A lesson that has used up its
budget costs no other lesson anything; what of its own checks was not run by then is not reached.

The time of `until` is no budget: when it has come, the grader could not work, and nobody loses a point by it.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from course.judge.starter import GraderBroken
from course.language import Sentence, say

# Processor time, with that of the judge: the lessons' solutions take 2 s, a right one that prints 3,000 lines in every
# call takes 15 s.
CPU_SECONDS = 120.0
# Wake-ups in vain, weighed (`quiescence`). Solutions and alternatives have none.
WAKE_UPS = 400
# The outermost limit of a whole grading, in seconds. It exists for a judge or a machine that is stuck.
GRADING_SECONDS = 1200.0
TOO_MUCH_TIME = say(
    "all its runs together have taken more than the {seconds:.0f} s of processor time that a lesson has: find what "
    "takes so long in your code, and shorten it",
    seconds=CPU_SECONDS,
)
TOO_MANY_WAKE_UPS = say(
    "in all its runs together, your code has gone to sleep and woken up by itself more than {times} times, and called "
    "nobody: let it wait for what it needs, instead of looking for it again and again",
    times=WAKE_UPS,
)


class LessonOver(Exception):
    """The budget of a lesson is used up, so that no other case of it is run; `told` is a sentence for the student."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(told)
        self.told = told


def out_of_time(seconds: float) -> GraderBroken:
    """Why nothing is known of what has taken so many real seconds, as an error of the grader's."""
    return GraderBroken(
        say(
            "it was not done after {minutes:.0f} minutes, and that says nothing about the code: is the machine too "
            "busy, or can the grader not see here what a program waits for? Grade again, or fewer lessons at once",
            minutes=seconds / 60,
        )
    )


class Budget:
    """What one lesson has taken, counted by many threads. `until` is a time of `time.monotonic()`."""

    def __init__(self, *, until: float = math.inf) -> None:
        self.until = until
        self.cpu_seconds = 0.0
        self.wake_ups = 0.0
        self._lock = threading.Lock()
        self._judged = threading.local()

    def take(self, *, cpu_seconds: float = 0.0, wake_ups: float = 0.0) -> None:
        """Count what was taken."""
        with self._lock:
            self.cpu_seconds += cpu_seconds
            self.wake_ups += wake_ups

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Count what this thread itself computes inside of the block, too."""
        self._judged.until = time.thread_time()
        try:
            yield
        finally:
            self._take_judging()
            del self._judged.until

    def _take_judging(self) -> None:
        before = getattr(self._judged, "until", None)
        if before is not None:
            self._judged.until = time.thread_time()
            self.take(cpu_seconds=self._judged.until - before)

    @property
    def overrun(self) -> Sentence | None:
        """What was taken too much of; None while there is some left."""
        if self.cpu_seconds > CPU_SECONDS:
            return TOO_MUCH_TIME
        return TOO_MANY_WAKE_UPS if self.wake_ups > WAKE_UPS else None

    def require_rest(self) -> None:
        """Make sure that there is something left for another case.

        Raises:
            LessonOver: there is not.
            GraderBroken: the grading is out of time.
        """
        self._take_judging()
        if time.monotonic() > self.until:
            raise out_of_time(GRADING_SECONDS)
        if self.overrun is not None:
            raise LessonOver(self.overrun)
