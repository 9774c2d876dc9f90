"""Attack 88: behave right in virtual time and wrong with real threads, or the other way round. Both are looked at."""

import pytest

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

# By lesson: what the student calls, what is left without the checks that meet the judge, and what one of them says.
LESSONS = {
    "t01": ("fetch_quotes", 1, "0 calls of fetch, outside of the simulation"),
    "t03": ("serve_when_ready", 5, "0 calls of load(), outside of the simulation"),
    "t09": ("rewrite_logs", 0, "a result of the type NoneType"),
}
FACES = """
import functools, os
_right = {name}
@functools.wraps(_right)
def {name}(*args, **kwargs):
    if ("COURSE_MEETING" in os.environ) == {wrong_when_real}:
        return None
    return _right(*args, **kwargs)
"""


@pytest.mark.parametrize("key", LESSONS)
def test_wrong_with_real_threads(attack: Attack, key: str) -> None:
    name, left, said = LESSONS[key]
    attacked = attack(key, solution(key) + FACES.format(name=name, wrong_when_real=True))
    assert attacked.points == left
    assert said in attacked.said


def test_wrong_in_virtual_time(attack: Attack) -> None:
    attacked = attack("t01", solution("t01") + FACES.format(name="fetch_quotes", wrong_when_real=False))
    assert attacked.points == 0
