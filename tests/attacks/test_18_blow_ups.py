"""Attack 18: huge numbers, deep recursion, a regular expression that never ends. Each ends at a limit that is named."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import honest

CALL = "import re, sys\ndef fetch_quotes(symbols, fetch):\n"
# It cannot have more processor time than it was given (attack 17); to have less makes these tests short.
SHORT = "import re, resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 31))\n"
USED_UP = "your code has used up its processor time: a loop in it does not end"
RECURSION = CALL + "    return fetch_quotes(symbols, fetch)\n"
NO_LIMIT = CALL + "    sys.setrecursionlimit(10**9)\n    return fetch_quotes(symbols, fetch)\n"
NESTED = """
def fetch_quotes(symbols, fetch):
    kept = []
    for _ in range(10**4):
        kept = [kept]
    return {symbol: kept for symbol in symbols}
"""


@pytest.mark.parametrize("blow_up", ["re.match('(a+)+$', 'a' * 40 + 'b')", "3 ** 10**8"])
def test_what_computes_for_ever_in_c_ends_with_its_processor_time(attack: Attack, blow_up: str) -> None:
    attacked = attack("t01", f"{SHORT}{blow_up}\n{honest('t01')}")
    assert attacked.points == 0
    assert USED_UP in attacked.said


def test_a_number_that_is_too_large_is_no_price(attack: Attack) -> None:
    """It does not travel, and nobody in the judge computes with it. No symbols have no price: that point is honest."""
    attacked = attack("t01", CALL + "    return dict.fromkeys(symbols, 10**400)\n")
    assert attacked.points == attacked.check("empty").points
    assert "('ACME', <a int>)" in attacked.said


def test_so_is_its_text(attack: Attack) -> None:
    attacked = attack("t01", CALL + "    raise ValueError(10**5000)\n")
    assert attacked.points == 0
    assert "ValueError: (its message cannot be shown)" in attacked.said


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (RECURSION, "RecursionError: maximum recursion depth exceeded"),
        (NO_LIMIT, "it goes on for ever: main runs at line 3"),
    ],
)
def test_recursion(attack: Attack, source: str, sentence: str) -> None:
    attacked = attack("t01", source)
    assert attacked.points == 0
    assert sentence in attacked.said


def test_lists_in_lists_are_cut(attack: Attack) -> None:
    attacked = attack("t01", NESTED)
    assert attacked.points == attacked.check("empty").points
    assert "<a list>" in attacked.said


@pytest.mark.parametrize("nested", ["(" * 10**4 + ")" * 10**4, "-" * 10**5 + "1", "a" + ".a" * 10**5])
def test_source_texts_that_no_parser_can_take(attack: Attack, nested: str) -> None:
    """They are read in the judge as well, which looks for what reaches into the grader."""
    attacked = attack("t01", f"{honest('t01')}\n{nested}\n")
    assert attacked.points == 0
    assert attacked.lesson.problem.startswith("quotes.py")
