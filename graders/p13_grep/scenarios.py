"""Scenarios: how the checks drive a student's `grep` and `map_chunks`. This file travels to the workers.

It lies there as a module of its own, so that functions can be sent to child processes by name.
"""

import os
import re
import signal
import socket
from typing import Any

LAST = 7
DIE = "die"
SLOW_PATTERN = r"(?:[a-z]+-)+[0-9]+!"


def ask(tag: str) -> str:
    """What the judge answers to `tag`; as in `course.lab.meeting`, which spawned processes cannot import."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.environ["COURSE_MEETING"])
        connection.sendall(f"{tag}\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()[1:]


def search(student: Any, lab: Any, lines: list[str], pattern: str, chunk: int) -> Any:
    """Grep `lines` with two workers."""
    return lab.attempt(student.grep, lines, pattern, 2, chunk)


def search_for_each(student: Any, lab: Any, patterns: list[str]) -> list[str]:
    """Grep for patterns some of which are no regular expressions; what kind of exception comes out of each call."""
    return [search_for(student, pattern) for pattern in patterns]


def search_for(student: Any, pattern: str) -> str:
    """The kind of exception that a grep for `pattern` raises."""
    try:
        student.grep(["a (b)", "c"], pattern, 2, 1)
    except re.error:
        return "re.error"
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return "no exception"


def count_messages(student: Any, lab: Any, count: int, chunk: int, pattern: str) -> Any:
    """Grep `count` lines; how many messages carried lines, and how many the pattern. The judge hears begin and end."""
    lines = [f"row-{number} is here" for number in range(count)]
    kind, value = between_calls(lab, student.grep, lines, pattern, 2, chunk)
    return {
        "kind": kind,
        "value": value,
        "with_lines": lab.messages_with("row-"),
        "with_pattern": lab.messages_with(pattern),
    }


class Line(str):
    """A line that is another one for whoever receives it: he is told which by the judge."""

    __slots__ = ("number",)
    number: int

    def __reduce__(self) -> tuple[Any, ...]:
        return ask, (f"line {self.number}",)


def search_long(student: Any, lab: Any, lines: list[str], secret: list[int], pattern: str) -> Any:
    """Grep for something that takes a while; the judge hears begin and end. `secret` lines change on their way."""
    sent: list[str] = list(lines)
    for number in secret:
        sent[number] = line = Line(lines[number])
        line.number = number
    kind, value = between_calls(lab, student.grep, sent, pattern, 2, 50)
    return kind, [str(each) if type(each) is Line else each for each in value] if type(value) is list else value


def between_calls(lab: Any, function: Any, *arguments: Any) -> Any:
    """Call `function` between two calls by which the judge knows when to look what it has taken."""
    ask("begin")
    outcome = lab.attempt(function, *arguments)
    ask("over")
    return outcome


def first_chunk_last(student: Any, lab: Any) -> Any:
    """Map over items of which the first can only end together with the last."""
    return lab.attempt(student.map_chunks, stay_for_the_last, list(range(LAST + 1)), 2, 2)


def stay_for_the_last(item: int) -> Any:
    """The square of `item`; for the first and the last, which wait for one another, what the judge says."""
    return ask(str(item)) if item in (0, LAST) else item * item


def map_visits(student: Any, lab: Any, count: int, chunk: int) -> Any:
    """Map over numbers of which the judge knows the results."""
    return lab.attempt(student.map_chunks, visit, list(range(count)), 2, chunk)


def visit(item: int) -> str:
    """What the judge says to `item`; he may say that this process is to be killed, as when memory runs out."""
    answer = ask(str(item))
    if answer == DIE:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


def map_a_death(student: Any, lab: Any, count: int) -> Any:
    """Map over numbers one of which is to kill its process; the judge hears when that is over."""
    outcome = map_visits(student, lab, count, 1)
    ask("over")
    return outcome


class Parcel:
    """An item of which the judge sees when it is unpacked, and by which process."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return unpack, (self.number,)


def unpack(number: int) -> Parcel:
    """The parcel, in a process that has received it."""
    ask(f"unpack {number}")
    return Parcel(number)


def map_parcels(student: Any, lab: Any, count: int, chunk: int) -> Any:
    """Map over parcels; what is in them, the judge says."""
    return lab.attempt(student.map_chunks, look_into, [Parcel(number) for number in range(count)], 2, chunk)


def look_into(parcel: Parcel) -> str:
    """What is in this parcel."""
    return ask(f"call {parcel.number}")


def use_both(student: Any, lab: Any, lines: list[str], pattern: str) -> Any:
    """Call both functions, in a plain way."""
    return [
        lab.attempt(student.grep, lines, pattern, 2, 2),
        lab.attempt(student.map_chunks, visit, list(range(len(lines))), 2, 2),
    ]


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
