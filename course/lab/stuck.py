"""Where threads and tasks stand: at which line, in which call, for which lock, and who holds that since when."""

import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from course.lab import record
from course.lab.awaiting import awaited_tasks, holder_of_lock, pending_tasks, standing
from course.lab.carriers import frame_of
from course.lab.locks import Lock
from course.lab.primitives import ThreadHandle
from course.lab.program import Program
from course.lab.ready_queue import number_of_task
from course.lab.virtual_thread import VirtualThread

# In these a thread waits for the lock that its line names.
CALLS_FOR_A_LOCK = ("", "_RLock.acquire", "_RLock.__enter__", "Condition.__enter__")
MOST_NAMED = 5  # of the tasks that one waits for


def who_is_stuck(threads: Iterable[VirtualThread], program: Program) -> list[dict[str, Any]]:
    """Everybody who has not ended, as plain data: threads, and the tasks of event loops."""
    alive = [describe(thread, program) for thread in threads if thread.alive]
    module = sys.modules.get("asyncio.tasks")
    pending = pending_tasks(module)
    tasks = [_describe_task(task, pending, module, program) for task in pending] if module is not None else []
    # A thread that runs an event loop waits for its tasks: they can say where.
    return [thread for thread in alive if not (tasks and thread["called"].endswith("run"))] + tasks


def describe(thread: VirtualThread, program: Program) -> dict[str, Any]:
    """Where a living thread stands."""
    frame = frame_of(thread.carrier)
    waits_for = thread.waits_for
    holder = waits_for._course_holder if isinstance(waits_for, Lock | ThreadHandle) else None
    place = record.place(frame, program.filename)
    if holder is thread and place["called"]:  # a lock that `Condition.wait` has made for its waiter: nobody's
        holder = None
    sites = program.sites
    for_lock = isinstance(waits_for, Lock) and place["called"] in CALLS_FOR_A_LOCK
    return {
        "number": thread.number,
        "name": record.text(thread.name),
        "daemon": thread.daemon,
        "blocked": waits_for is not None,
        "holder": "" if holder is None else record.text(holder.name),
        "wants": record.text(sites[thread.site].name.removesuffix(".acquire")) if for_lock else "",
        "held_since": sites[waits_for.site].line if isinstance(waits_for, Lock) and holder is not None else 0,
        "unheard": sites[_unheard(frame)].line,
        **place,
    }


def _unheard(frame: FrameType | None) -> int:
    """Where `notify` was called on the condition that a thread waits for, when nobody was waiting; 0 if nowhere."""
    while frame is not None:
        if frame.f_code.co_qualname == "Condition.wait":
            site: int = frame.f_locals["self"].__dict__.get("_course_unheard", 0)
            return site
        frame = frame.f_back
    return 0


def _describe_task(task: Any, pending: list[Any], tasks: Any, program: Program) -> dict[str, Any]:
    frame, called = standing(task._coro, program.filename)
    index = program.awaits.number_of(frame) if frame is not None else None
    awaits = [record.text(other._name) for other in awaited_tasks(task, pending, tasks.Task)][:MOST_NAMED]
    holder = holder_of_lock(task, pending)
    return {
        "number": number_of_task(task, tasks),
        "name": record.text(task._name),
        "daemon": False,
        "blocked": not getattr(task._coro, "cr_running", False),  # a coroutine of another kind tells nothing
        "holder": record.text(holder._name) if holder is not None else awaits[0] if len(awaits) == 1 else "",
        "wants": "" if index is None else record.text(_thing(program.awaits.sites[index].name, called)),
        "awaits": awaits,
        "line": frame.f_lineno if frame is not None else 0,
        "function": record.text(frame.f_code.co_qualname) if frame is not None else "",
        "called": record.text(called),
    }


def _thing(awaited: str, called: str) -> str:
    """Of `jobs.get`, which has called `Queue.get`, the `jobs`; nothing of `asyncio.wait`, which has called `wait`."""
    owner, _, method = awaited.rpartition(".")
    kind, _, function = called.rpartition(".")
    if method == function:
        return owner if kind else ""
    return awaited
