"""The reference solution, asked whenever a submission fails: does it fail here, too? Then the grader is at fault.

A bug of the lab's, a library module that does not fit its stand-ins on a new Python, a worker that dies: all that looks
to a check like the student's failure. It may even hide in a value, because code that catches exceptions catches those
of the lab as well. So no check is lost, and no module refused, before the reference has passed the same question on
this machine. It runs in workers of its own, which no submission can reach.
"""

import math
import threading
from collections.abc import Callable

from course.judge.bench import Bench
from course.judge.budget import Budget
from course.judge.drivers import Drivers
from course.judge.starter import GraderBroken
from course.language import Sentence, say
from course.lessons import Lesson

# Puts one question to a submission: what is wrong with it, or None.
Question = Callable[[Drivers], Sentence | None]


class Reference:
    """The lesson's reference solution on one bench; it is asked each question once at most, and only when needed."""

    def __init__(self, bench: Bench, lesson: Lesson, *, until: float = math.inf) -> None:
        self._bench = bench
        self._budget = Budget(until=until)
        self._lesson = lesson
        self._answers: dict[str, Sentence | None] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def require(self, name: str, question: Question) -> None:
        """Make sure that the reference has nothing wrong with it here when it is asked the question of that name.

        Raises:
            GraderBroken: it has, or it cannot be asked: whatever is wrong with a submission proves nothing.
        """
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._answers:
                self._answers[name] = self._ask(question)
            wrong = self._answers[name]
        if wrong is not None:
            raise GraderBroken(wrong)

    def _ask(self, question: Question) -> Sentence | None:
        try:
            wrong = question(Drivers(self._bench, self._lesson, self._lesson.reference, budget=self._budget))
        except GraderBroken:
            raise
        except BaseException as error:
            wrong = say("{error}, raised at {place}", error=f"{type(error).__name__}: {error}", place=_place_of(error))
        return None if wrong is None else say("the reference solution fails here, too ({what})", what=wrong)


def _place_of(error: BaseException) -> str:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else "?"
