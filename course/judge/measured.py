"""Measured speed-up of a lesson with real processes: shown, never a verdict.

The submission and the reference solution run in turn a few times over, between two runs of a plain loop, all in the
same moments. Neighbours that keep the machine busy slow all three; when the loop or the reference is not steady, or the
reference shows no speed-up itself, the answer is "undecided".
"""

import os
from collections.abc import Sequence
from statistics import median

from course.judge.budget import Budget
from course.judge.drivers import collect
from course.judge.grading import LessonGrading
from course.judge.run import CheckFailed
from course.language import say
from course.report.model import LessonResult, SpeedUp

ROUNDS = 3
# The reference must reach this, or the machine has no second core to spare.
LEAST_REFERENCE_RATIO = 1.2
# The longest of several runs of the same thing may take this much longer than the shortest.
WIDEST_SPREAD = 1.5


def measure(grading: LessonGrading, lesson: LessonResult) -> SpeedUp | None:
    """The measured speed-up of a submission that keeps all of the lesson's promises; None when it is not measured."""
    pace = grading.lesson.speed_up
    if pace is None or lesson.points < lesson.max_points:
        return None
    ours = grading.lesson.reference, Budget(until=grading.budget.until)
    theirs = grading.source, grading.budget
    try:
        loops = [_seconds(grading, pace.sequential, *ours)]
        rounds = [
            (_seconds(grading, pace.concurrent, *theirs), _seconds(grading, pace.concurrent, *ours))
            for _ in range(ROUNDS)
        ]
        loops.append(_seconds(grading, pace.sequential, *ours))
    except Exception:  # of a worker that tells of no run, for example; a measurement that cannot be had costs nothing
        return None
    submissions, references = zip(*rounds, strict=True)
    return SpeedUp(
        kind="measured" if _decided(loops, references) else "undecided",
        sequential=median(loops),
        concurrent=median(submissions),
        reference=median(references),
    )


def _decided(loops: Sequence[float], references: Sequence[float]) -> bool:
    steady = all(max(times) <= WIDEST_SPREAD * min(times) for times in (loops, references))
    fast = median(loops) >= LEAST_REFERENCE_RATIO * median(references)
    return steady and fast and (os.cpu_count() or 1) > 1


def _seconds(grading: LessonGrading, scenario: str, source: str, budget: Budget) -> float:
    """How long the scenario takes from its mark `begin` to its mark `end`, by the judge's clock."""
    request = {**grading.drivers.real_request(scenario, {}), "source": source}
    with grading.bench.case(request, budget) as case:
        run = collect(case, request)[0]
    if not {"begin", "end"} <= run.marks.keys():
        raise CheckFailed(expected=say("a measurement"), got=say("nothing"), run=run)
    seconds: float = run.marks["end"] - run.marks["begin"]
    return seconds
