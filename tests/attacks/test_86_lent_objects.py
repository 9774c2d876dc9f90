"""Attack 86: reach the scheduler through what it lends, and set the clock."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE

# One call after another; the clock is put back after each, so that all seem to begin at once.
BACK = """
import threading
def fetch_quotes(symbols, fetch):
    {find}
    found, began = {{}}, scheduler.clock.now
    for symbol in symbols:
        scheduler.clock.now = began
        found[symbol] = fetch(symbol)
    return found
"""
PLAIN = [
    ("scheduler = threading.Lock()._course_scheduler", "_course_scheduler"),
    ("scheduler = threading.Lock().acquire.__self__.scheduler", "__self__"),
    ("scheduler = fetch.__closure__", "__closure__"),
]


@pytest.mark.parametrize(("find", "what"), PLAIN)
def test_plain_names_are_refused(attack: Attack, find: str, what: str) -> None:
    attacked = attack("t01", BACK.format(find=find))
    assert attacked.points == 0
    assert f"uses `{what}`" in attacked.said


@pytest.mark.parametrize("name", ["scheduler", "holder", "_waiting", "_scheduler"])
def test_no_other_name_leads_there(attack: Attack, name: str) -> None:
    attacked = attack("t01", BACK.format(find=f"scheduler = threading.Lock().{name}"))
    assert attacked.points == 0
    assert f"object has no attribute '{name}'" in attacked.said


# By names that are put together.
HIDDEN = {
    'scheduler = inside(threading.Lock(), "_cou", "rse_scheduler")': "an exception, AttributeError",
    'scheduler = inside(fetch, "__glo", "bals__")': "AttributeError: __globals__ can reach into the grader",
    'scheduler = inside(threading.Lock().acquire, "__se", "lf__")': "PermissionError: object.__getattr__ can reach",
    'vars(type(threading.Lock()).__mro__[2])["acquire"].scheduler': "no attribute 'scheduler'",
    'scheduler = inside(vars(type(threading.Lock()).__mro__[2])["acquire"], "__glo", "bals__")["_scheduler"]': (
        "AttributeError: __globals__ can reach into the grader"
    ),
}


@pytest.mark.parametrize("find", HIDDEN)
def test_no_name_that_is_put_together_leads_there(attack: Attack, find: str) -> None:
    attacked = attack("t01", INSIDE + BACK.format(find=find))
    assert attacked.points == 0
    assert HIDDEN[find] in attacked.said
