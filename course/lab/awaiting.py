"""What a task awaits: at which line of the student's, in which call, and which other tasks.

A coroutine that is suspended names what it awaits, and that names what it awaits in turn; the innermost frame of the
student's on this chain is the line at which the task waits. Looking changes nothing and runs no code of the student's.
"""

import ast
import gc
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from types import AsyncGeneratorType, CoroutineType, FrameType, FunctionType, GeneratorType, MethodType
from typing import Any, NamedTuple

from course.lab.instrument import Site, name_of

# Deeper chains are cut: recursion without end is suspended as well.
DEEPEST_CHAIN = 200
# Among more tasks than this nobody is looked for who keeps another one waiting.
MOST_TASKS = 200


class Awaits(NamedTuple):
    """The places of a source at which a task can wait: their sites, and for (line, column) the index of one."""

    sites: list[Site]
    at: dict[tuple[int, int], int]

    def number_of(self, frame: FrameType) -> int | None:
        """Which of the sites a suspended frame stands at; None when the source has none there."""
        for number, (line, _, column, _) in enumerate(frame.f_code.co_positions()):
            if number == frame.f_lasti // 2 and line is not None and column is not None:
                found = self.at.get((line, column))
                if found is not None:
                    return found
        same_line = (index for index, site in enumerate(self.sites) if site.line == frame.f_lineno)
        return next(same_line, None)


def awaits_in(tree: ast.Module) -> Awaits:
    """All `await`, `async with` and `async for` of a source that has not been instrumented."""
    awaits = Awaits([], {})
    for node in ast.walk(tree):
        match node:
            case ast.Await(value=value):
                _add(awaits, node, [value], [node])
            case ast.AsyncWith(items=items):  # 3.13 waits at the items, earlier versions at the statement
                values = [item.context_expr for item in items]
                _add(awaits, node, values, [node, *values])
            case ast.AsyncFor(iter=value):
                _add(awaits, node, [value], [node])
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                values = [part.iter for part in node.generators if part.is_async]
                _add(awaits, node, values, [node] if values else [])
    return awaits


def _add(awaits: Awaits, node: ast.expr | ast.stmt, values: list[ast.expr], places: list[Any]) -> None:
    name = ", ".join(name_of(value.func if isinstance(value, ast.Call) else value) for value in values)
    for place in places:
        awaits.at.setdefault((place.lineno, place.col_offset), len(awaits.sites))
    if places:
        awaits.sites.append(Site(node.lineno, "await", name, ""))


class Standing(NamedTuple):
    """Where a suspended task stands: the innermost frame of the student's, and the call of it that waits."""

    frame: FrameType | None
    called: str


def standing(coroutine: object, filename: str) -> Standing:
    """Where the task of `coroutine` stands in the student's file."""
    innermost, called = None, ""
    for _, frame in chain(coroutine):
        if frame.f_code.co_filename == filename:
            innermost, called = frame, ""
        elif innermost is not None and not called and not frame.f_code.co_name.startswith("__"):
            called = frame.f_code.co_qualname
    return Standing(innermost, called)


def chain(awaited: object) -> Iterator[tuple[object, FrameType]]:
    """What is suspended, and its frame, from the task's own coroutine to whatever waits in the end."""
    for _ in range(DEEPEST_CHAIN):
        each, frame = awaited, None
        if type(awaited) is CoroutineType:
            frame, awaited = awaited.cr_frame, awaited.cr_await
        elif type(awaited) is GeneratorType:
            frame, awaited = awaited.gi_frame, awaited.gi_yieldfrom
        elif type(awaited) is AsyncGeneratorType:
            frame, awaited = awaited.ag_frame, awaited.ag_await
        if frame is None:
            return
        yield each, frame


def pending_tasks(tasks: Any) -> list[Any]:
    """The tasks that have not ended, in the order of their names; `tasks` is the world's `asyncio.tasks`, or None."""
    known = getattr(tasks, "_scheduled_tasks", getattr(tasks, "_all_tasks", ()))  # 3.12 and later; 3.11
    pending = [task for task in known if not task.done()]
    return sorted(pending, key=lambda task: (len(task.get_name()), task.get_name()))


def awaited_tasks(task: Any, pending: Iterable[Any], task_type: Any) -> list[Any]:
    """The tasks whose end `task` waits for, directly or by `gather`, `wait`, `shield` or a `TaskGroup`."""
    waiter = task._fut_waiter
    if waiter is None:
        return []
    if isinstance(waiter, task_type):
        return [waiter]
    children = getattr(waiter, "_children", None)  # of a `gather`
    if type(children) is list:
        return [child for child in children if isinstance(child, task_type) and not child.done()]
    return [other for other in pending if any(_wakes(callback, waiter) for callback, _ in other._callbacks or ())]


def holder_of_lock(task: Any, pending: Iterable[Any]) -> Any:
    """The task that is within `async with` of the lock that `task` waits for, if it does; else None."""
    frames = [frame for _, frame in chain(task._coro) if frame.f_code.co_qualname == "Lock.acquire"]
    if not frames or frames[-1].f_globals.get("__name__") != "asyncio.locks":
        return None
    lock = frames[-1].f_locals["self"]
    return next((other for other in pending if other is not task and _is_within(other, lock)), None)


def _is_within(task: Any, lock: object) -> bool:
    """True when a coroutine of the task's has the lock's `__aexit__` on its stack, to be called at the end."""
    held = [value for coroutine, _ in chain(task._coro) for value in gc.get_referents(coroutine)]
    return any(_is_exit_of(lock, value, above) for value, above in pairwise([*held, None]))


def _is_exit_of(lock: object, value: object, above: object) -> bool:
    """True for the lock's method `__aexit__`; since 3.14 its function lies there, and the lock above it."""
    if type(value) is MethodType:
        return value.__self__ is lock and value.__name__ == "__aexit__"
    return type(value) is FunctionType and value.__name__ == "__aexit__" and above is lock


def _wakes(callback: object, waiter: object) -> bool:
    """True when this callback of a task's end leads to `waiter`."""
    if type(callback) is partial:
        return any(argument is waiter for argument in callback.args)
    if type(callback) is MethodType and callback.__qualname__ == "TaskGroup._on_task_done":
        return callback.__self__._on_completed_fut is waiter  # type: ignore[attr-defined]
    cells = callback.__closure__ or () if type(callback) is FunctionType else ()
    return any(cell.cell_contents is waiter for cell in cells if _is_full(cell))


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # an empty cell raises
    except ValueError:
        return False
    return True
