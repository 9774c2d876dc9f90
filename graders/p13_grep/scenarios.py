"""Scenarios: how the checks drive a student's `grep` and `map_chunks`. This file travels to the workers.

It lies there as a module of its own, so that functions can be sent to child processes by name.
"""

import os
import re
import signal
from typing import Any

from course.lab.meeting import arrive

LAST = 7
SLOW_PATTERN = r"(?:[a-z]+-)+[0-9]+!"


def search(student: Any, lab: Any, lines: list[str], pattern: str, chunk: int) -> Any:
    """Grep `lines` with two workers."""
    return lab.attempt(student.grep, lines, pattern, 2, chunk)


def search_badly(student: Any, lab: Any) -> str:
    """Grep for something that is no regular expression; what kind of exception comes out."""
    try:
        student.grep(["a (b)", "c"], "(", 2, 1)
    except re.error:
        return "re.error"
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return "no exception"


def count_messages(student: Any, lab: Any, count: int, chunk: int, pattern: str) -> Any:
    """Grep `count` lines; how many messages carried lines, and how many the pattern."""
    lines = [f"row-{number} is here" for number in range(count)]
    kind, value = lab.attempt(student.grep, lines, pattern, 2, chunk)
    return {
        "kind": kind,
        "value": value,
        "with_lines": lab.messages_with("row-"),
        "with_pattern": lab.messages_with(pattern),
    }


def first_chunk_last(student: Any, lab: Any) -> Any:
    """Map over items of which the first can only end together with the last."""
    return lab.attempt(student.map_chunks, stay_for_the_last, list(range(LAST + 1)), 2, 2)


def stay_for_the_last(item: int) -> int:
    """The square of `item`; item 0 waits until the last item is being worked on."""
    if item in (0, LAST):
        arrive()
    return item * item


def meet(student: Any, lab: Any) -> Any:
    """Map over items that all go to the meeting point."""
    return lab.attempt(student.map_chunks, go_to_meeting, list(range(8)), 2, 1)


def go_to_meeting(item: int) -> int:
    """`item`, after a visit to the meeting point."""
    arrive()
    return item


def spawned(student: Any, lab: Any, lines: list[str], pattern: str) -> Any:
    """Both functions, with processes that start from nothing."""
    lab.start_method("spawn")
    return [
        lab.attempt(student.grep, lines, pattern, 2, 2),
        lab.attempt(student.map_chunks, len, lines, 2, 2),
    ]


def worker_dies(student: Any, lab: Any) -> Any:
    """Map over items of which one kills its process."""
    return lab.attempt(student.map_chunks, die_on_three, list(range(8)), 2, 1)


def die_on_three(item: int) -> int:
    """`item`, unless it is three: then the process is killed, as the system does when memory runs out."""
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def slow_lines() -> list[str]:
    """Lines that are expensive to search."""
    return ["abc-def-" * 40 + str(number) for number in range(250)]


def timed_grep(student: Any, lab: Any) -> None:
    """Search the slow lines with two workers."""
    lines = slow_lines()
    lab.mark("begin")
    student.grep(lines, SLOW_PATTERN, 2, 25)
    lab.mark("end")


def timed_loop(student: Any, lab: Any) -> None:
    """Search the slow lines in a plain loop."""
    lines = slow_lines()
    lab.mark("begin")
    regex = re.compile(SLOW_PATTERN)
    [line for line in lines if regex.search(line)]
    lab.mark("end")
