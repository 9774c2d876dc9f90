"""What tasks do in a traced run: when each was made, when it ran, what it awaited at which line, and how it ended.

The trace tells of a task as it tells of a thread: while a task runs, what happens on the thread of its loop is the
task's, and where it awaits something it is blocked. Only traced runs are followed; the others pay nothing.
"""

import functools
import sys
from types import CoroutineType, FrameType
from typing import Any

from course.lab import record
from course.lab.awaiting import MOST_TASKS, awaited_tasks, pending_tasks, standing
from course.lab.program import Program
from course.lab.ready_queue import number_of_task
from course.lab.scheduler import Scheduler
from course.lab.trace import Trace

MOST_AWAITED = 100  # of the tasks that one waits for, by number


class TaskSteps:
    """Follows the tasks of one run: the hooks of `follow` tell it of each step."""

    def __init__(self, scheduler: Scheduler, trace: Trace, program: Program) -> None:
        self._scheduler = scheduler
        self._trace = trace
        self._program = program
        self._tasks: Any = None
        self.lives: dict[int, dict[str, Any]] = {}  # by number; the tasks themselves are let go

    def follow(self, tasks: Any) -> None:
        """Hear of all steps of tasks from now on; `tasks` is the world's `asyncio.tasks`, put back after the run."""
        if self._tasks is tasks:
            return
        self._tasks = tasks
        register, enter, leave = tasks._register_task, tasks._enter_task, tasks._leave_task

        @functools.wraps(register)
        def register_task(task: Any) -> None:
            register(task)
            self._made(task)

        @functools.wraps(enter)
        def enter_task(loop: Any, task: Any) -> None:
            enter(loop, task)
            self._entered(task)

        @functools.wraps(leave)
        def leave_task(loop: Any, task: Any) -> None:
            self._left(task)
            leave(loop, task)

        for name, hook in (("register_task", register_task), ("enter_task", enter_task), ("leave_task", leave_task)):
            setattr(tasks, f"_{name}", hook)
            setattr(tasks, f"_py_{name}", hook)  # as tasks that are written in Python call it since 3.14
        if sys.version_info >= (3, 12):
            self._follow_eager_starts(tasks.Task)

    def _follow_eager_starts(self, task_type: Any) -> None:
        """The first step of an eager task happens within the step of whoever makes it."""
        start = task_type._Task__eager_start

        @functools.wraps(start)
        def eager_start(task: Any) -> None:
            me = self._scheduler.current
            outer = self._trace.lanes.get(me.number) if me is not None else None
            self._made(task)
            self._entered(task)
            try:
                start(task)
            finally:
                self._left(task)
                if me is not None and outer is not None:
                    self._trace.lanes[me.number] = outer

        task_type._Task__eager_start = eager_start

    # --- the steps ---------------------------------------------------------------------------------------------

    def _number_of(self, task: Any) -> int:
        return number_of_task(task, self._tasks)

    def _made(self, task: Any) -> None:
        number, me = self._number_of(task), self._scheduler.current
        if self._scheduler.outcome is not None or me is None or number in self.lives or len(self.lives) == MOST_TASKS:
            return
        self.lives[number] = {
            "number": number,
            "name": record.text(task._name),
            "function": self._function_of(task._coro),
            "start": self._scheduler.now,
            "end": None,
            "ended": "",
            "born_at": self._line_now(),
        }

    def _function_of(self, coroutine: object) -> str:
        """What the student calls the coroutine function; "" for those of others."""
        if type(coroutine) is not CoroutineType or coroutine.cr_code.co_filename != self._program.filename:
            return ""
        return record.text(coroutine.__name__)

    def _line_now(self) -> int:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != self._program.filename:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 0

    def _entered(self, task: Any) -> None:
        scheduler, number = self._scheduler, self._number_of(task)
        me = scheduler.current
        if scheduler.outcome is None and me is not None and number in self.lives:
            self._trace.lanes[me.number] = number
            self._trace.add(scheduler.now, me.number, "resume")

    def _left(self, task: Any) -> None:
        scheduler, number = self._scheduler, self._number_of(task)
        me, life = scheduler.current, self.lives.get(number)
        if scheduler.outcome is not None or me is None or life is None:
            return
        life["name"] = record.text(task._name)  # it may have been named after it was made
        if task._state == "PENDING":
            self._trace.add(scheduler.now, me.number, "block", self._site(task), self._awaited(task))
        else:
            life["end"], life["ended"] = scheduler.now, _how_ended(task)
            self._trace.add(scheduler.now, me.number, "end")
        self._trace.lanes.pop(me.number, None)

    def _site(self, task: Any) -> int:
        """The site of the student's await; those of awaits are numbered after all the points."""
        frame = standing(task._coro, self._program.filename).frame
        index = self._program.awaits.number_of(frame) if frame is not None else None
        return 0 if index is None else len(self._program.sites) + index

    def _awaited(self, task: Any) -> str:
        """The numbers of the tasks that it waits for, or of the first of them."""
        pending = pending_tasks(self._tasks) if len(self.lives) < MOST_TASKS else []
        awaited = awaited_tasks(task, pending, self._tasks.Task)[:MOST_AWAITED]
        return " ".join(str(self._number_of(other)) for other in awaited)


def _how_ended(task: Any) -> str:
    if task._state == "CANCELLED":
        return "cancelled"
    exception = task._exception
    return "returned" if exception is None else record.type_name(type(exception))
