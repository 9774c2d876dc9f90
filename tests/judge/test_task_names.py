"""What tasks are called: as their students call them."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge.records import Task
from course.judge.task_names import awaited, name_of, names_by_number, names_of_tasks, numbers_in

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "function", "shown"),
    [
        ("Task-6", "shutdown", "Task-6 shutdown"),
        ("loader", "shutdown", "loader"),
        ("Task-6", "", "Task-6"),
        ("Task-6a", "shutdown", "Task-6a"),
        ("", "shutdown", ""),
    ],
)
def test_a_task_that_nobody_has_named_is_called_by_its_function_besides(name: str, function: str, shown: str) -> None:
    task = Task(number=1001, name=name, function=function, start=0, end=None, ended="")
    assert name_of(task) == shown


def test_threads_and_tasks_have_names_by_their_numbers_in_the_trace(make_run: Make) -> None:
    threads = [{"number": 0, "name": "main", "start": 0, "end": None}]
    tasks = [{"number": 1002, "name": "Task-2", "function": "load", "start": 0, "end": 1, "ended": "returned"}]
    record = make_run(threads=threads, tasks=tasks).record
    assert names_by_number(record) == {0: "main", 1002: "Task-2 load"}
    assert awaited("1002 0 7", names_of_tasks(record)) == ("Task-2",)


@pytest.mark.parametrize("detail", ["", "lock", "-1", "1.5", "²", "٣", "9" * 5_000, "1\x002"])
def test_a_detail_that_is_no_number_names_nobody(detail: str) -> None:
    """It comes from a worker, and may be anything."""
    assert numbers_in(detail) == []
