"""Attack 96: do nothing, and tell of everything. What is proved outside of the worker cannot be told.

Open: 7 of 10 points of t01, for nothing, with names that are put together at run time.
"""

from tests.attacks.conftest import Attack
from tests.attacks.forging import FORGED_QUOTES


def test_a_forger_gets_all_but_what_the_judge_has_proved(attack: Attack) -> None:
    """All points but those of the check that is proved outside."""
    attacked = attack("t01", FORGED_QUOTES)
    assert attacked.points == 7
    assert [check.id for check in attacked.lesson.checks if check.status == "failed"] == ["all_in_flight"]
    assert "at most 0 at the same time, outside of the simulation" in attacked.said


def test_the_same_with_plain_names_gets_nothing(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES.replace('"cell_", "contents"', '"cell_contents"'))
    assert attacked.points == 0
    assert "uses `cell_contents`" in attacked.said
