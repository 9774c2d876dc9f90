"""Consistency: do the parts of a run record fit each other, and what was asked for?

The lab's records always do. One that a student's code has made up has to get every one of these right, and still cannot
know what only the judge knows (`outside`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from course.judge.records import NANOSECONDS, Call, RunRecord, Thread
from course.language import Sentence, say

OUTCOMES = frozenset({"finished", "error", "deadlock", "no_end", "not_simulated"})
# Sleeps are noted as fractions of a second, and their ends in whole nanoseconds.
ROUNDING = 1_000


def contradiction(record: RunRecord, request: dict[str, Any], number: int) -> Sentence | None:
    """What in the run with this number cannot be as it is told, or None."""
    rules = _real(record) if request["mode"] == "real" else _simulated(record, request, number)
    return next((what for what, holds in rules if not holds), None)


def _real(record: RunRecord) -> Iterator[tuple[Sentence, bool]]:
    yield say("its end"), record.outcome in ("finished", "error")
    yield say("its error"), (record.outcome == "error") == (record.error is not None)
    yield say("traces of a simulation"), not (record.calls or record.threads or record.choices or record.trace)


def _simulated(record: RunRecord, request: dict[str, Any], number: int) -> Iterator[tuple[Sentence, bool]]:
    threads = {thread.number: thread for thread in record.threads}
    yield say("its end"), record.outcome in OUTCOMES
    yield say("its error"), record.error is not None or record.outcome not in ("error", "not_simulated")
    yield say("its schedule"), _is_as_asked(record, request, number)
    yield say("its threads"), len(threads) == len(record.threads) and 0 in threads
    yield say("the times of its threads"), _fit((each.start, each.end) for each in record.threads) <= record.duration
    yield say("the times of its calls"), _fit((call.start, call.end) for call in record.calls) <= record.duration
    yield say("who made its calls"), all(call.thread in threads for call in record.calls)
    yield say("calls of one thread at the same time"), not any(map(_overlap, _by_thread(record.calls, threads)))
    yield say("who slept"), all(sleep.thread in threads for sleep in record.sleeps)
    slept = _slept(record)
    yield say("how long it slept"), all(slept[each.number] <= _life(record, each) for each in record.threads)
    in_any_order = request.get("any_order", False)  # then tasks are picked as well, which have numbers of their own
    yield say("who was picked"), all(me in threads and (in_any_order or to in threads) for me, _, to in record.choices)


def _is_as_asked(record: RunRecord, request: dict[str, Any], number: int) -> bool:
    """The schedule that was named; the one without deviations comes first in an exploration."""
    if "schedules" in request:
        asked: dict[str, Any] = request["schedules"][number] if number < len(request["schedules"]) else {}
        told = {**asked, "at": [list(choice) for choice in asked["at"]]} if "at" in asked else asked
        return bool(record.schedule == told)
    return number > 0 or record.schedule == {"strategy": "deviating", "at": []}


def _fit(times: Iterable[tuple[int, int | None]]) -> int:
    """The last of these times; more than any run lasts when one ends before it begins."""
    last = 0
    for start, end in times:
        if start < 0 or (end is not None and end < start):
            return 1 << 63
        last = max(last, start, end or 0)
    return last


def _by_thread(calls: Sequence[Call], threads: dict[int, Thread]) -> Iterator[list[Call]]:
    """The calls of each thread that it made itself, and not one of its tasks."""
    made: dict[int, list[Call]] = {number: [] for number in threads}
    for call in calls:
        if call.lane == threads[call.thread].name:
            made[call.thread].append(call)
    yield from made.values()


def _overlap(calls: list[Call]) -> bool:
    """True when a call begins inside another one and ends after it."""
    open_ends: list[int] = []
    for call in calls:
        while open_ends and open_ends[-1] <= call.start:
            open_ends.pop()
        if open_ends and (call.end is None or call.end > open_ends[-1]):
            return True
        open_ends.append(call.end if call.end is not None else 1 << 63)
    return False


def _slept(record: RunRecord) -> dict[int, float]:
    """How long each thread slept, in nanoseconds; the last sleep of one that lives may not have ended."""
    sleeps: dict[int, list[float]] = {thread.number: [] for thread in record.threads}
    for sleep in record.sleeps:
        sleeps[sleep.thread].append(sleep.seconds)
    for thread in record.threads:
        if thread.end is None:
            del sleeps[thread.number][-1:]
    return {number: sum(each) * NANOSECONDS - ROUNDING * len(each) for number, each in sleeps.items()}


def _life(record: RunRecord, thread: Thread) -> int:
    return (record.duration if thread.end is None else thread.end) - thread.start
