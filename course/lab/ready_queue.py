"""The ready queue of an event loop in which the order of tasks is a decision of the schedule's.

asyncio runs what is ready in the order in which it became ready, and promises so for callbacks. Which of two tasks
became ready first is often an accident, though: a check may ask for any order of the tasks that stand next to each
other in the queue. Plain callbacks keep their places.
"""

from collections import deque
from typing import Any, ClassVar, NamedTuple

from course.lab.scheduler import Scheduler

# Tasks are numbered after all threads that a run may have.
FIRST_TASK = 1_000


def number_of_task(task: Any, tasks: Any) -> int:
    """The number of a task, whatever its class makes of its hash; `tasks` is the world's `asyncio.tasks`."""
    return FIRST_TASK + int(tasks.futures.Future.__hash__(task))


class Step(NamedTuple):
    """The next step of a task, as strategies see it."""

    number: int
    site: int
    moments: int


class ReadyQueue(deque[Any]):
    """A deque of handles; `popleft` lets the strategy choose among the tasks in front."""

    _course_scheduler: ClassVar[Scheduler]

    def __init__(self, task_type: type) -> None:
        super().__init__()
        self._task_type = task_type

    def popleft(self) -> Any:
        """The handle that runs next."""
        steps = []
        for handle in self:
            task = getattr(handle._callback, "__self__", None)
            if not isinstance(task, self._task_type):
                break
            steps.append(Step(FIRST_TASK + hash(task), 0, 0))
        index = self._course_scheduler.choose(steps)
        if not index:
            return super().popleft()
        handle = self[index]
        del self[index]
        return handle
