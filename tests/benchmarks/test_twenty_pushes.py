"""The students of `benchmarks/twenty_pushes.py`: what they push, and what must come of it."""

from benchmarks.twenty_pushes import chosen
from course.lessons import all_lessons


def test_every_second_student_pushes_a_mistake_whose_check_is_known() -> None:
    pushes = chosen([f"s{number}" for number in range(20)])
    assert len({pushed.student for pushed in pushes}) == 20
    assert {pushed.lesson.name for pushed in pushes} == {lesson.name for lesson in all_lessons()}
    for pushed in pushes:
        checks = {check.id for check in pushed.lesson.checks}
        is_mistake = pushed.source != pushed.lesson.reference
        assert pushed.lost in checks if is_mistake else pushed.lost == ""
    assert sum(bool(pushed.lost) for pushed in pushes) == 10
