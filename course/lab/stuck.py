"""Where threads and tasks stand: at which line, in which call, for which lock, and who holds that since when."""

import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from course.lab import record
from course.lab.locks import Lock
from course.lab.primitives import ThreadHandle
from course.lab.program import Program
from course.lab.virtual_thread import VirtualThread

# In these a thread waits for the lock that its line names.
CALLS_FOR_A_LOCK = ("", "_RLock.acquire", "_RLock.__enter__", "Condition.__enter__")


def who_is_stuck(threads: Iterable[VirtualThread], program: Program) -> list[dict[str, Any]]:
    """Everybody who has not ended, as plain data: threads, and the tasks of event loops."""
    alive = [describe(thread, program) for thread in threads if thread.alive]
    tasks = [_describe_task(task, program) for task in _pending_tasks()]
    # A thread that runs an event loop waits for its tasks: they can say where.
    return [thread for thread in alive if not (tasks and thread["called"].endswith("run"))] + tasks


def describe(thread: VirtualThread, program: Program) -> dict[str, Any]:
    """Where a living thread stands."""
    frame = sys._current_frames().get(thread.os_ident)
    waits_for = thread.waits_for
    holder = waits_for.holder if isinstance(waits_for, Lock | ThreadHandle) else None
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


def _describe_task(task: Any, program: Program) -> dict[str, Any]:
    place = {"line": 0, "function": "", "called": ""}
    awaited = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None and frame.f_code.co_filename == program.filename:
            place = {"line": frame.f_lineno, "function": frame.f_code.co_qualname, "called": ""}
        elif frame is not None and place["line"] and not place["called"]:
            place["called"] = frame.f_code.co_qualname
        awaited = getattr(awaited, "cr_await", None)
    name = record.text(task.get_name())
    return {"number": -1, "name": name, "daemon": False, "blocked": True, "holder": "", **place}


def _pending_tasks() -> list[Any]:
    """The tasks that have not ended, if the program uses asyncio, in the order of their names."""
    tasks = sys.modules.get("asyncio.tasks")
    known = getattr(tasks, "_scheduled_tasks", getattr(tasks, "_all_tasks", ()))  # 3.12 and later; 3.11
    pending = [task for task in known if not task.done()]
    return sorted(pending, key=lambda task: (len(task.get_name()), task.get_name()))
