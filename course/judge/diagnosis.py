"""Diagnosis: name the classic mistake that a run shows.

Recognisers look at what happened in the run, never at the source text. They are tried in order; the first that
recognises its mistake names it. A check that knows more than the record (what it expected, what it got) names the
mistake itself, and may ask `of_exception`, `needs_preemption` and `value_if_any`. The texts are in diagnoses.toml.

A diagnosis that accuses falsely is worse than none: where two mistakes look alike from outside, its text is true of
both.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from course.judge.races import acts_on_an_old_answer, kind_of_race
from course.judge.records import Call, RunRecord, Stack
from course.judge.run import CheckFailed, Run, peak
from course.language import as_it_is
from course.report.model import Diagnosis

Recogniser = Callable[[RunRecord], bool]

# Races in the order of how much they say; a report shows the interleaving of any of them.
RACES = frozenset({"lost_update", "check_then_act", "read_of_half_written", "wrong_lock", "race"})

# What the standard library answers (3.11 to 3.15) when it is asked for something impossible.
MESSAGES = {
    "pool_of_zero": re.compile("max_workers must be greater than 0|Number of processes must be at least 1"),
    "wait_for_nothing": re.compile("Set of Tasks/Futures is empty"),
    "empty_not_expected": re.compile(r"unpack \(expected .*got 0\)|empty sequence|iterable argument is empty"),
    "cannot_be_pickled": re.compile("pickle|local object"),
}


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("diagnoses.toml").read_text(encoding="utf-8"))


def diagnose(failure: CheckFailed, traced: RunRecord | None = None) -> Diagnosis | None:
    """The classic mistake behind a failed check, if it is one that we know; `traced` is its run with the trace."""
    name = _recognise(failure) if failure.diagnosis is None else failure.diagnosis
    if name in ("race", "lost_update") and traced is not None:
        kind = kind_of_race(traced)
        name = name if kind == "race" else kind
    if name == "queue_never_fed" and traced is not None and acts_on_an_old_answer(traced):
        name = "check_then_act"
    if not name:
        return None
    texts = _texts()[name]
    return Diagnosis(id=name, name=as_it_is(**texts["name"]), text=as_it_is(**texts["text"]))


def of_exception(told: str) -> str | None:
    """The mistake behind an exception, told as `ValueError: its message`, if the message gives it away."""
    return next((name for name, pattern in MESSAGES.items() if pattern.search(told)), None)


def needs_preemption(record: RunRecord) -> bool:
    """True when only another schedule than the plain one breaks the promise: `Explored` lists that one first."""
    return bool(record.choices)


def value_if_any(run: Run) -> Any:
    """What the scenario of another run returned, or None: to tell two mistakes apart, without failing over that run."""
    try:
        return run.value
    except CheckFailed:
        return None


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


def _raises(name: str) -> Recogniser:
    return lambda record: record.error is not None and of_exception(record.error.message) == name


def _waits_for_itself(record: RunRecord) -> bool:
    """Follow "holds what it wants" from thread to thread: a circle is a deadlock in the strict sense."""
    wants = {stack.name: stack.holder for stack in _stuck(record) if stack.holder}
    seen: dict[str, str] = {}  # by thread: from which one it was first come to
    for start in wants:
        thread = start
        while thread in wants and thread not in seen:
            seen[thread] = start
            thread = wants[thread]
        if seen.get(thread) == start:
            return True
    return False


def _polls(record: RunRecord) -> bool:
    lines = Counter(sleep.line for sleep in record.sleeps if sleep.line and not sleep.in_loop)
    return any(times >= 3 for times in lines.values())


def _dies_in_its_thread(record: RunRecord) -> bool:
    """What the event loop reports, an exception of a task that nobody has retrieved, is not in a thread's name."""
    threads = {thread.name for thread in record.threads}
    return any(uncaught.where in threads for uncaught in record.uncaught)


def _several(calls: Sequence[Call]) -> bool:
    """True when there are two calls of one kind: what is done to a single item comes one after another by itself."""
    return len(calls) > len({call.name for call in calls})


def _same_thread(record: RunRecord) -> bool:
    return _several(record.calls) and {call.lane for call in record.calls} == {"main"}


def _one_after_another(record: RunRecord) -> bool:
    long = [call for call in record.calls if call.end is None or call.end > call.start]
    return _several(long) and peak(long) == 1


RECOGNISERS: list[tuple[str, Recogniser]] = [
    ("never_written", _never_written),
    *((name, _raises(name)) for name in MESSAGES),
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
    ("race", needs_preemption),
]
