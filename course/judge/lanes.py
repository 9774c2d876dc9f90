"""The lanes of a time line: what threads and tasks waited for over virtual time, and the lives of tasks."""

from typing import Literal

from course.judge.records import NANOSECONDS, RunRecord
from course.judge.task_names import awaited, name_of, names_by_number, names_of_tasks, numbers_in
from course.report.model import Bar, Life


def seconds(nanoseconds: int | None) -> float | None:
    """As a report says it; None stays None."""
    return None if nanoseconds is None else nanoseconds / NANOSECONDS


def waits(record: RunRecord) -> list[Bar]:
    """Where the student's lines made a thread or task wait, by name of what was called or awaited there."""
    tasks, names = names_of_tasks(record), names_by_number(record)
    began: dict[int, tuple[int, int, str]] = {}
    bars = []

    def bar(lane: int, end: int | None) -> None:
        start, site, detail = began.pop(lane)
        line, what, label = record.sites[site]
        is_blocking = lane in tasks and what != "await"
        if end is None or end > start:
            bars.append(
                Bar(
                    lane=names.get(lane, f"thread {lane}"),
                    label=label,
                    start=start / NANOSECONDS,
                    end=seconds(end),
                    kind="block" if is_blocking else "wait",
                    line=line,
                    awaits=awaited(detail, tasks) if what == "await" else (),
                )
            )

    for time, lane, kind, site, detail in record.trace:
        if kind == "block" and 0 < site < len(record.sites):
            began[lane] = (time, site, detail)
        elif kind == "resume" and lane in began:
            bar(lane, time)
    for lane in list(began):
        bar(lane, None)
    return bars


def calls_by_student(record: RunRecord) -> set[int]:
    """Which of a traced run's calls were made by lines of the student's: in these, a wait is the collaborator's."""
    return {number for _, _, kind, _, detail in record.trace if kind == "call" for number in numbers_in(detail)}


def lives(record: RunRecord) -> tuple[Life, ...]:
    """The tasks of a run, each from its making to its end."""
    return tuple(
        Life(
            lane=name_of(task),
            start=task.start / NANOSECONDS,
            end=seconds(task.end),
            ended="" if task.end is None else _ended(task.ended),
        )
        for task in record.tasks
    )


def _ended(how: str) -> Literal["returned", "cancelled", "raised"]:
    return "returned" if how == "returned" else "cancelled" if how == "cancelled" else "raised"
