"""Every mistake of every lesson is killed by the check that it names, and everything that is right passes."""

from collections.abc import Iterator

import pytest

from course.judge.bench import Bench
from course.judge.kill_matrix import verify
from course.lessons import Lesson, all_lessons


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """Starters for all lessons."""
    bench = Bench()
    yield bench
    bench.close()


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_kill_matrix(lesson: Lesson, bench: Bench) -> None:
    assert verify(lesson, bench).problems == ()
