"""How many schedules the checks need to find mistakes, as `benchmarks/mistakes_found.py` counts them."""

from benchmarks.mistakes_found import find
from course.judge.bench import Bench
from course.judge.kill_matrix import load_checks, read_mistake
from course.lessons import lessons_named


def test_a_mistake_that_some_interleavings_show_needs_more_than_the_plain_schedule() -> None:
    """Its check asks for all kinds of drivers."""
    (lesson,), _ = lessons_named(["t03"])
    mistake = read_mistake(lesson.variants("mistakes")["sets_before_storing_error"])
    bench = Bench()
    try:
        found = find(lesson, mistake, load_checks(lesson)[mistake.killed_by], range(2), bench)
    finally:
        bench.close()
    assert found.missed == 0
    assert not found.is_plain
    assert 1 < found.worst <= found.budget
