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
    """The same broken promise, shown by a run with as few choices as possible."""
    run = failed.run
    if run is None or not _can_shrink(run):
        return failed
    best = {run.choices: failed}

    def attempt(candidates: Sequence[Choices]) -> list[Choices | None]:
        answers: list[Choices | None] = []
        for again in drivers.schedules(run.case, candidates):
            now = check(drivers.standing_in(run.case, again)) if again.has_evidence else None
            if now is not None and now.run is again and now.expected == failed.expected:
                best[again.choices] = now
                answers.append(again.choices)
            else:
                answers.append(None)
        return answers

    width = min(MOST_CANDIDATES, POINTS_IN_A_ROUND // run.record.points)
    return best[shrink(run.choices, attempt, width=width)]


def _can_shrink(run: Run) -> bool:
    return run.is_simulated and bool(run.choices) and run.record.points <= LONGEST_RUN


def trace_of(run: Run, drivers: Drivers) -> RunRecord | None:
    """The record of `run` with its trace; None when it cannot be had, or came out otherwise."""
    if not run.is_simulated:
        return None
    again = drivers.schedules(run.case, [run.choices], traced=True)
    if not again or not again[0].has_evidence:
        return None
    record = again[0].record
    return record if (record.outcome, record.value) == (run.record.outcome, run.record.value) else None
