"""What tasks are called in a report: by the name that the student gave them, or by that of their coroutine besides."""

import re
from collections.abc import Mapping

from course.judge.records import RunRecord, Task

MOST_DIGITS = 10  # of the number of a task or a call
# What asyncio calls a task that nobody has named.
NAMELESS = re.compile(r"Task-\d+")


def name_of(task: Task) -> str:
    """`loader`, or `Task-6 shutdown`."""
    if NAMELESS.fullmatch(task.name) and task.function:
        return f"{task.name} {task.function}"
    return task.name


def names_by_number(record: RunRecord) -> dict[int, str]:
    """The names of all threads and tasks of a run, by their numbers in its trace."""
    names = {thread.number: thread.name for thread in record.threads}
    return names | {task.number: name_of(task) for task in record.tasks}


def names_of_tasks(record: RunRecord) -> dict[int, str]:
    """The names of all tasks of a run alone, which are short, by their numbers in its trace."""
    return {task.number: task.name for task in record.tasks}


def awaited(detail: str, names: Mapping[int, str]) -> tuple[str, ...]:
    """Which of these tasks one waits for, of the numbers with which a trace tells it."""
    return tuple(names[number] for number in numbers_in(detail) if number in names)


def numbers_in(detail: str) -> list[int]:
    """The numbers that a detail of a trace names; a worker may have written anything."""
    return [int(word) for word in detail.split() if word.isdecimal() and word.isascii() and len(word) <= MOST_DIGITS]
