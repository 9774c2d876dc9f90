"""The measured speed-up: shown beside points that are earned, and none where it cannot be had."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge import measured
from course.judge.drivers import Explored
from course.judge.grading import LessonGrading
from course.judge.starter import GraderBroken
from course.language import as_it_is
from course.lessons import Lesson
from tests.report import samples


def fails(error: Exception) -> Callable[..., Any]:
    """Stand in for `collect`: raise this."""

    def collect(*_: object) -> Explored:
        raise error

    return collect


@pytest.mark.parametrize(
    "collect",
    [lambda *_: Explored([], None), fails(GraderBroken(as_it_is("gone"))), fails(OverflowError())],
    ids=["no run", "no starter", "a bug"],
)
def test_a_measurement_that_cannot_be_had_costs_nothing(
    bench: Any, make_lesson: Callable[..., Lesson], monkeypatch: pytest.MonkeyPatch, collect: Callable[..., Any]
) -> None:
    """Neither points nor the results of other lessons, for which pytest would have no time then."""
    monkeypatch.setattr(measured, "collect", collect)
    lesson = make_lesson(speed_up={"sequential": "drive", "concurrent": "drive"})
    pool: Any = None
    grading = LessonGrading(lesson, "def work():\n    return 1\n", {}, bench=bench, pool=pool)
    assert measured.measure(grading, samples.lesson(samples.check("empty"))) is None
