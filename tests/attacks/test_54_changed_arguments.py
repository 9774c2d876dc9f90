"""Attack 54: change the arguments, or what is expected. What a worker gets is a copy; what is expected never leaves.

Neither the judge's values nor those of the next case are the same objects: they are in other processes.
"""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

# Everything that `fetch` and the scenario hold is emptied or set to what is returned.
EMPTIES = {
    "the list": "symbols.clear(); return {}",
    "the list, for one": "del symbols[1:]; return {symbol: fetch(symbol) for symbol in symbols}",
    "the list, longer": "symbols += symbols; return {symbol: 0.0 for symbol in symbols}",
    "the list, renamed": "symbols[:] = ['ACME'] * 5; return {'ACME': 12.5}",
}
SETS_PRICES = """
import operator
def fetch_quotes(symbols, fetch):
    names = operator.attrgetter("__co" + "de__.co_freevars")(fetch)
    cells = operator.attrgetter("__clo" + "sure__")(fetch) or ()
    held = dict(zip(names, map(operator.attrgetter("cell_" + "contents"), cells)))
    for name in held["prices"]:
        held["prices"][name] = held["seconds"][name] = 0.0
    held["failing"].append("ACME")
    operator.attrgetter("__glo" + "bals__")(fetch).pop("Any")
    return {symbol: 0.0 for symbol in symbols}
"""
# Strings and small numbers are shared all over a process; of this one only.
EDITS_LINES = ("re.compile(pattern)  # a bad", "lines[:] = ['error 7'] * len(lines); re.compile(pattern)  # a bad")


@pytest.mark.parametrize("what", EMPTIES)
def test_the_judge_has_its_own_list(attack: Attack, what: str) -> None:
    attacked = attack("t01", f"def fetch_quotes(symbols, fetch):\n    {EMPTIES[what]}\n")
    assert attacked.check("values_and_order").status == "failed"
    assert "in this order: {'ACME': 12.5, 'BOLT': 99.0, 'CLAY': 0.25, 'DUNE': 7.75, 'ELMS': 31.0}" in attacked.said
    assert attacked.points == attacked.check("empty").points


def test_what_the_scenario_encloses_cannot_be_changed(attack: Attack) -> None:
    attacked = attack("t01", SETS_PRICES)
    assert "AttributeError: __closure__ can reach into the grader" in attacked.said
    assert attacked.points == 0


def test_lines_that_are_changed_are_still_the_judges(attack: Attack) -> None:
    """In real mode; the honest part is the pattern that is refused."""
    attacked = attack("p13", altered("p13", EDITS_LINES))
    assert attacked.check("equals_serial").status == "failed"
    assert "['error 7', 'error 7'" in attacked.said
    assert attacked.points == 1
