"""The witness of a broken promise: the shortest schedule that shows it, run once more with its trace."""

from collections.abc import Callable, Sequence

from course.judge.drivers import Drivers
from course.judge.records import RunRecord
from course.judge.run import CheckFailed, Run
from course.judge.shrinking import Choices, shrink

# A run with more points than this is told as it is: to shrink it would take too long.
LONGEST_RUN = 5_000
# The candidates of a round may have so many points together, about a tenth of a second.
POINTS_IN_A_ROUND = 30_000
MOST_CANDIDATES = 24

# Runs one check with these drivers: how it fails, or None.
Check = Callable[[Drivers], CheckFailed | None]


def shortest(failed: CheckFailed, drivers: Drivers, check: Check) -> CheckFailed:
    """The same broken promise, shown by a run with as few choices as possible.

    A run under a schedule that somebody has asked for is told as it is. A round in which a worker dies, or a run does
    not come to its end, is the last one.
    """
    run = failed.run
    if run is None or not _can_shrink(run):
        return failed
    best = {run.choices: failed}
    goes_well = True

    def attempt(candidates: Sequence[Choices]) -> list[Choices | None]:
        nonlocal goes_well
        runs = drivers.schedules(run.case, candidates) if goes_well else []
        goes_well = len(runs) == len(candidates) and all(map(_is_short, runs))
        return [breaks_it_too(again) for again in runs]

    def breaks_it_too(again: Run) -> Choices | None:
        now = _judge(check, drivers.standing_in(run.case, again)) if again.has_evidence else None
        if now is None or now.run is not again or now.expected != failed.expected:
            return None
        best[again.choices] = now
        return again.choices

    width = min(MOST_CANDIDATES, POINTS_IN_A_ROUND // max(run.record.points, 1))
    # What the exploration has found itself may be shorter than any part of this run's schedule, and costs nothing.
    shorter = [other for other in drivers.known_runs(run.case) if _is_short(other) and _length(other) < _length(run)]
    found = (breaks_it_too(other) for other in sorted(shorter, key=_length))
    start = next((choices for choices in found if choices is not None), run.choices)
    return best[shrink(start, attempt, width=width)]


def _judge(check: Check, drivers: Drivers) -> CheckFailed | None:
    try:
        return check(drivers)
    except Exception:  # it cannot judge by one run: it compares several, or wants more than has been run
        return None


def _can_shrink(run: Run) -> bool:
    return run.is_simulated and "schedules" not in run.case and bool(run.choices) and _is_short(run)


def _length(run: Run) -> int:
    return len(run.choices)


def _is_short(run: Run) -> bool:
    return run.has_evidence and run.record.points <= LONGEST_RUN


def trace_of(run: Run, drivers: Drivers) -> RunRecord | None:
    """The record of `run` with its trace; None when it cannot be had, or came out otherwise."""
    if not run.is_simulated:
        return None
    again = drivers.schedules(run.case, [run.choices], traced=True)
    if not again or not again[0].has_evidence:
        return None
    record, known = again[0].record, run.record
    as_known = (record.choices, record.outcome, record.value) == (known.choices, known.outcome, known.value)
    return record if as_known else None
