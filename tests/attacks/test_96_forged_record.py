"""Attack 96: do nothing, and tell of everything. What a scenario encloses cannot be had, by whatever name.

Who had it all the same could not tell what is proved outside of the worker.
"""

from tests.attacks.conftest import Attack
from tests.attacks.forging import FORGED_QUOTES


def test_a_forger_gets_nothing(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES)
    assert attacked.points == 0
    assert "AttributeError: __closure__ can reach into the grader" in attacked.said


def test_the_same_with_plain_names_gets_nothing(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES.replace('"cell_", "contents"', '"cell_contents"'))
    assert attacked.points == 0
    assert "uses `cell_contents`" in attacked.said
