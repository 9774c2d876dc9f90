"""Measured speed-up of a lesson with real processes: shown, never a verdict.

A plain loop, the submission and the reference solution run one after another in the same moments, a few times over.
Neighbours that keep the machine busy slow all three; when the reference itself shows no steady speed-up, the answer is
"undecided".
"""

import os
from statistics import median

from course.judge.drivers import collect
from course.judge.grading import LessonGrading
from course.judge.run import CheckFailed
from course.lessons import Pace
from course.report.model import LessonResult, SpeedUp

ROUNDS = 3
# The reference must reach this, or the machine has no second core to spare.
LEAST_REFERENCE_RATIO = 1.2
# The reference's best and worst round may differ by this factor.
WIDEST_SPREAD = 1.5


def measure(grading: LessonGrading, lesson: LessonResult) -> SpeedUp | None:
    """The measured speed-up of a submission that keeps all of the lesson's promises; None when it is not measured."""
    pace = grading.lesson.speed_up
    if pace is None or lesson.points < lesson.max_points:
        return None
    try:
        rounds = [_round(grading, pace) for _ in range(ROUNDS)]
    except CheckFailed:
        return None
    loop, submission, reference = (median(times) for times in zip(*rounds, strict=True))
    ratios = [one_loop / one_reference for one_loop, _, one_reference in rounds]
    steady = max(ratios) / min(ratios) <= WIDEST_SPREAD and median(ratios) >= LEAST_REFERENCE_RATIO
    decided = steady and (os.cpu_count() or 1) > 1
    return SpeedUp(
        kind="measured" if decided else "undecided", sequential=loop, concurrent=submission, reference=reference
    )


def _round(grading: LessonGrading, pace: Pace) -> tuple[float, float, float]:
    """Seconds of the plain loop, of the submission and of the reference."""
    reference = grading.lesson.solution.read_text(encoding="utf-8")
    return (
        _seconds(grading, pace.sequential, reference),
        _seconds(grading, pace.concurrent, grading.source),
        _seconds(grading, pace.concurrent, reference),
    )


def _seconds(grading: LessonGrading, scenario: str, source: str) -> float:
    """How long the scenario takes from its mark `begin` to its mark `end`, by the judge's clock."""
    request = {**grading.drivers.request(scenario, {}, budget=1), "mode": "real", "meet": 1, "source": source}
    with grading.bench.case(request) as case:
        run = collect(case, request)[0]
    if not {"begin", "end"} <= run.marks.keys():
        raise CheckFailed(expected="a measurement", got="none", run=run)
    seconds: float = run.marks["end"] - run.marks["begin"]
    return seconds
