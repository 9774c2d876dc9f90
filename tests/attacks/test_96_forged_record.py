"""Attack 96: do nothing, and tell of everything. What a scenario encloses cannot be had, by whatever name.

Who had it all the same could not tell what is proved outside of the worker. That is tried here with a scenario that
lends it. Open then: what is as easily done as told. `return {}` for no symbols is worth its point, and whoever asks the
judge one symbol after another gets what a plain loop gets that is told honestly.
"""

import pytest

from tests.attacks.altered import mistake
from tests.attacks.conftest import Attack
from tests.attacks.forging import FORGED_QUOTES, lend

# What the forger does when it is the judge who answers: nothing, or a plain loop.
NOTHING = "return {}"
PLAIN_LOOP = """
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


def test_a_forger_gets_nothing(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES)
    assert attacked.points == 0
    assert "AttributeError: __closure__ can reach into the grader" in attacked.said


def test_the_same_with_plain_names_gets_nothing(attack: Attack) -> None:
    attacked = attack("t01", FORGED_QUOTES.replace('"cell_", "contents"', '"cell_contents"'))
    assert attacked.points == 0
    assert "uses `cell_contents`" in attacked.said


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> str:
    """The forger's module, for a scenario that lends it all that it would have to get at."""
    given = "fetch.insides = [failing, lab, prices, seconds]"
    lend("t01", "    kind, value = lab.attempt(student.fetch_quotes, list(prices)", given, monkeypatch)
    return FORGED_QUOTES.replace(
        """[inside(cell, "cell_", "contents") for cell in inside(fetch, "__clo", "sure__")]""",
        """getattr(fetch, "insides", [])""",
    ).replace("""inside(threading.Lock(), "_cou", "rse_scheduler")""", """inside(lab, "_sche", "duler")""")


def test_who_has_the_lab_and_does_nothing_gets_the_empty_case(attack: Attack, lent: str) -> None:
    attacked = attack("t01", lent)
    assert attacked.points == 1
    assert attacked.check("values_and_order").status == "failed"
    assert "0 calls of fetch, outside of the simulation" in attacked.said


def test_who_has_the_lab_and_calls_one_after_another_gets_what_a_plain_loop_gets(attack: Attack, lent: str) -> None:
    """The threads, which are the exercise, cannot be told."""
    assert lent.count(NOTHING) == 1
    attacked = attack("t01", lent.replace(NOTHING, PLAIN_LOOP.strip().replace("\n", "\n    ")))
    plain = attack("t01", mistake("t01", "sequential_loop"))
    assert attacked.lost == plain.lost == ["all_in_flight", "off_main_thread"]
    assert attacked.points == plain.points == 6
    assert "at most 1 at the same time, outside of the simulation" in attacked.said
