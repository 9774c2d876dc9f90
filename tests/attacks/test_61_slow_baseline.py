"""Attack 61: a slow baseline of one's own, so that the rest looks fast. The baseline is the teacher's.

No point hangs on it. The plain loop and the reference solution run in cases without a line of the student's.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from course.judge import measured
from course.judge.bench import Bench
from course.judge.budget import Budget
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.judge.workers import Case
from course.lessons import lessons_named
from course.report.model import LessonResult
from tests.attacks.altered import altered

# Slows down every plain loop in the process that imports it, and names its functions like the scenarios.
SLOW = """
import time
real_compile = re.compile
def compile(*arguments):
    time.sleep(0.5)
    return real_compile(*arguments)
re.compile = compile
def timed_loop(*_):
    time.sleep(0.5)
sequential = baseline = plain_loop = timed_loop
"""


class Watched(Bench):
    """A bench that remembers what it was asked for."""

    asked: list[dict[str, Any]]

    @contextlib.contextmanager
    def case(self, request: dict[str, Any], budget: Budget | None = None) -> Iterator[Case]:
        """A case, with a note of its request."""
        self.asked.append(request)
        with super().case(request, budget) as case:
            yield case


def test_the_baseline_is_the_teachers(monkeypatch: pytest.MonkeyPatch) -> None:
    (lesson,), _ = lessons_named(["p13"])
    hostile = altered("p13", ("import re\n", f"import re\n{SLOW}"))
    monkeypatch.setattr(measured, "ROUNDS", 1)
    bench = Watched()
    bench.asked = []
    with contextlib.closing(bench), ThreadPoolExecutor(1) as pool:
        grading = LessonGrading(lesson, hostile, load_checks(lesson), bench=bench, pool=pool)
        grading.refuse("only its speed is asked for")
        lost = grading.result()
        assert measured.measure(grading, lost) is None  # nothing is measured of who has lost points
        assert not bench.asked
        speed_up = measured.measure(grading, _with_all_points(lost))
    assert [request["scenario"] for request in bench.asked if request["source"] == hostile] == ["timed_grep"]
    loops = [request["source"] for request in bench.asked if request["scenario"] == "timed_loop"]
    assert loops == [lesson.solution.read_text(encoding="utf-8")] * 2
    assert speed_up is not None
    assert speed_up.concurrent > 0.5  # it slows down nobody but himself


def _with_all_points(lost: LessonResult) -> LessonResult:
    return msgspec.structs.replace(lost, points=lost.max_points)
