"""Attack 11: a fork bomb. The judge counts the processes of a case and ends them all; its user can have no more."""

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest

BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""


def test_a_bomb_that_ignores_errors_ends_at_the_limit(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", BOMB))
    assert attacked.points == 0
    assert "your code has started more than 200 processes at once" in attacked.said


def test_a_simulated_lesson_starts_no_process(attack: Attack) -> None:
    attacked = attack("t01", honest("t01") + BOMB)
    assert attacked.points == 0
    assert "starting a process" in attacked.said
