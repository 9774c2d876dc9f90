"""Attack 96: do nothing, and tell of everything. What is proved outside of the worker cannot be told.

Open: what is as easily done as told. `return {}` for no symbols is worth its point, and whoever asks the judge one
symbol after another gets what a plain loop gets that is told honestly.
"""

from course.lessons import lessons_named
from tests.attacks.conftest import Attack
from tests.attacks.forging import FORGED_QUOTES

# What the forger does when it is the judge who answers, from nothing to a plain loop.
NOTHING = "return {}"
FIRST_ERROR = """
    prices, errors = {}, []
    for symbol in symbols:
        try:
            prices[symbol] = fetch(symbol)
        except LookupError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return prices
"""


def test_a_forger_who_does_nothing_gets_nothing_but_the_empty_case(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES)
    assert attacked.points == 1
    assert attacked.check("values_and_order").status == "failed"
    assert "0 calls of fetch, outside of the simulation" in attacked.said


def test_a_forger_who_calls_one_after_another_gets_what_a_plain_loop_gets(attack: Attack) -> None:
    """The threads, which are the exercise, cannot be told."""
    assert FORGED_QUOTES.count(NOTHING) == 1
    attacked = attack("t01", FORGED_QUOTES.replace(NOTHING, FIRST_ERROR.strip().replace("\n", "\n    ")))
    (lesson,), _ = lessons_named(["t01"])
    plain = attack("t01", lesson.variants("mistakes")["sequential_loop"].read_text(encoding="utf-8"))
    lost = [check.id for check in attacked.lesson.checks if check.status == "failed"]
    assert lost == [check.id for check in plain.lesson.checks if check.status == "failed"]
    assert lost == ["all_in_flight", "off_main_thread"]
    assert attacked.points == plain.points == 6
    assert "at most 1 at the same time, outside of the simulation" in attacked.said


def test_the_same_with_plain_names_gets_nothing(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES.replace('"cell_", "contents"', '"cell_contents"'))
    assert attacked.points == 0
    assert "uses `cell_contents`" in attacked.said
