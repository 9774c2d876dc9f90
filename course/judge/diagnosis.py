"""Diagnosis: name the classic mistake that a run shows.

Recognisers look at what happened in the run, never at the source text. They are tried in order; the first that
recognises its mistake names it.
"""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from course.judge.records import RunRecord, Stack
from course.judge.run import CheckFailed, peak
from course.report.model import Diagnosis

Recogniser = Callable[[RunRecord], bool]


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("diagnoses.toml").read_text(encoding="utf-8"))


def diagnose(failure: CheckFailed) -> Diagnosis | None:
    """The classic mistake behind a failed check, if it is one that we know."""
    name = _recognise(failure) if failure.diagnosis is None else failure.diagnosis
    if not name:
        return None
    texts = _texts()[name]
    return Diagnosis(id=name, name=texts["name"]["en"], text=texts["text"]["en"])


def _recognise(failure: CheckFailed) -> str | None:
    if failure.run is None or not failure.run.has_evidence:
        return None
    record = failure.run.record
    return next((name for name, recognises in RECOGNISERS if recognises(record)), None)


def _stuck(record: RunRecord) -> list[Stack]:
    return [stack for stack in record.stuck if stack.blocked] if record.outcome == "deadlock" else []


def _waits_in(*called: str) -> Recogniser:
    return lambda record: any(stack.called in called for stack in _stuck(record))


def _never_written(record: RunRecord) -> bool:
    return record.error is not None and record.error.type == "NotImplementedError"


def _waits_for_itself(record: RunRecord) -> bool:
    """Follow "holds what it wants" from thread to thread: a circle is a deadlock in the strict sense."""
    wants = {stack.name: stack.holder for stack in _stuck(record) if stack.holder}
    for start in wants:
        seen, thread = set(), start
        while thread in wants and thread not in seen:
            seen.add(thread)
            thread = wants[thread]
        if thread in seen:
            return True
    return False


def _polls(record: RunRecord) -> bool:
    lines = [sleep.line for sleep in record.sleeps if sleep.line and not sleep.in_loop]
    return any(lines.count(line) >= 3 for line in set(lines))


def _dies_in_its_thread(record: RunRecord) -> bool:
    """What the event loop reports, an exception of a task that nobody has retrieved, is not in a thread's name."""
    threads = {thread.name for thread in record.threads}
    return any(uncaught.where in threads for uncaught in record.uncaught)


def _same_thread(record: RunRecord) -> bool:
    return len(record.calls) > 1 and {call.lane for call in record.calls} == {"main"}


def _one_after_another(record: RunRecord) -> bool:
    long = [call for call in record.calls if call.end is None or call.end > call.start]
    return len(long) > 1 and peak(long) == 1


def _race(record: RunRecord) -> bool:
    """Only a schedule with a preemption breaks it: `Explored` lists the run without any first."""
    strategy = record.schedule.get("strategy", "run-to-block")
    return strategy not in ("run-to-block", "deviating") or bool(record.schedule.get("at"))


RECOGNISERS: list[tuple[str, Recogniser]] = [
    ("never_written", _never_written),
    ("waits_for_itself", _waits_for_itself),
    ("task_done_missing", _waits_in("Queue.join")),
    ("queue_never_emptied", _waits_in("Queue.put")),
    ("queue_never_fed", _waits_in("Queue.get", "SimpleQueue.get", "_PySimpleQueue.get")),
    ("event_never_set", _waits_in("Event.wait", "Condition.wait", "Condition.wait_for")),
    ("joins_one_that_never_ends", _waits_in("Thread.join")),
    ("busy_wait", lambda record: record.spins > 0),
    ("blocks_the_loop", lambda record: any(sleep.in_loop for sleep in record.sleeps)),
    ("never_awaited", lambda record: any("was never awaited" in warning for warning in record.warned)),
    ("polling", _polls),
    ("dies_in_its_thread", _dies_in_its_thread),
    ("thread_left_behind", lambda record: bool(record.left)),
    ("task_left_behind", lambda record: bool(record.tasks_left)),
    ("same_thread", _same_thread),
    ("one_after_another", _one_after_another),
    ("race", _race),
]
