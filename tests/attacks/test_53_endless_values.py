"""Attack 53: lying `__len__`, `__iter__` and `__hash__`, endless generators. Only plain containers are looked into.

What is neither a list, tuple, set nor dict of its own type is never iterated over; depth and length are capped.
"""

import pytest

from tests.attacks.altered import altered, solution
from tests.attacks.conftest import Attack

ENDLESS = """
import itertools
def for_ever():
    while True:
        yield 1
class LiesAboutLength(list):
    __len__ = lambda self: 10**18
    __iter__ = __reversed__ = lambda self: itertools.count()
class EndlessDict(dict):
    items = keys = values = __iter__ = lambda self: itertools.repeat(("ACME", 12.5))
    __len__ = lambda self: -1
class Moody:
    moods = itertools.count()
    __hash__ = lambda self: next(self.moods)
    __eq__ = lambda *_: 1 / 0
    __repr__ = __str__ = lambda self: 1 / 0
def holds_itself():
    held = []
    held.append(held)
    return held
def deep():
    held = []
    for _ in range(3_000):
        held = [held]
    return held
def wide():
    return {number: "x" * 100 for number in range(100_000)}
"""
# What is returned, and how much of it the judge sees.
RETURNED = {
    "for_ever()": "<a generator>",
    "itertools.count()": "<a count>",
    "itertools.repeat(1)": "<a repeat>",
    "range(10**18)": "<a range>",
    "map(str, itertools.count())": "<a map>",
    "LiesAboutLength()": "<a LiesAboutLength>",
    "EndlessDict()": "<a EndlessDict>",
    "{'ACME': for_ever()}": "('ACME', <a generator>)",
    "{Moody(): Moody(), Moody(): 1}": "(<a Moody>, <a Moody>)",
    "{Moody(), Moody()}": "<a Moody>",
    "holds_itself()": "[[[[[[[[[[[",
    "deep()": "[[[[[[[[[[[",
    "wide()": "(0, 'xxxx",
    "memoryview(bytearray(1 << 24))": "<a memoryview>",
}
# Is asked for its keys, because it says that it is a dict; it ends when memory does, or the run.
ENDLESS_REPORT = """
import itertools
class Report:
    __class__ = dict
    keys = lambda self: itertools.count()
    __getitem__ = lambda self, name: "up"
async def health_report(probes, limit=None):
    return {} if probes else Report()
"""
SAYS_NOTHING = """
import itertools
class Endless(Exception):
    def __str__(self):
        while True: pass
class Long(Exception):
    __str__ = lambda self: "x" * 50_000_000
class NoText(Exception):
    __str__ = lambda self: 5
class Group(Exception):
    __class__ = BaseExceptionGroup
    exceptions = itertools.repeat(ValueError())
class Groups(ExceptionGroup):
    exceptions = itertools.repeat(ValueError())
"""
RAISED = {
    "Endless()": "goes on for ever",
    "Long()": "an exception, Long: xxxxxxxx",
    "NoText()": "an exception, NoText: (its message cannot be shown)",
    "Group()": "an exception, Group",
    "Groups('', [ValueError()])": "an exception, Groups[ValueError]",
}
IN_ORDER = "return [line for line, hit in zip(lines, found, strict=True) if hit]"


@pytest.mark.parametrize("returned", RETURNED)
def test_no_value_is_looked_at_for_ever(attack: Attack, returned: str) -> None:
    attacked = attack("t01", f"{ENDLESS}\ndef fetch_quotes(symbols, fetch):\n    return {returned}\n")
    assert attacked.points == 0
    assert RETURNED[returned] in attacked.said


@pytest.mark.parametrize("returned", ["for_ever()", "EndlessDict()", "LiesAboutLength([1])", "deep()"])
def test_nor_in_real_mode(attack: Attack, returned: str) -> None:
    """The honest part is the pattern that is refused."""
    source = altered("p13", ("import re\n", f"import re\n{ENDLESS}"), (IN_ORDER, f"return {returned}"))
    attacked = attack("p13", source)
    assert attacked.points == 1
    assert RETURNED[returned.replace("([1])", "()")] in attacked.said


@pytest.mark.parametrize("raised", RAISED)
def test_no_message_is_waited_for(attack: Attack, raised: str) -> None:
    attacked = attack("t01", f"{SAYS_NOTHING}\ndef fetch_quotes(symbols, fetch):\n    raise {raised}\n")
    assert attacked.points == 0
    assert RAISED[raised] in attacked.said


def test_a_mapping_without_end_is_the_end_of_its_run(attack: Attack) -> None:
    attacked = attack("a17", ENDLESS_REPORT)
    assert attacked.points == 0
    assert "goes on for ever" in attacked.said or "GiB of memory" in attacked.said


def test_arguments_that_lie_fool_nobody_else(attack: Attack) -> None:
    """Symbols are handed back as something that only looks like them: `fetch` looks prices up by hash and equality."""
    lookalike = """
class Lookalike:
    def __init__(self, symbol): self.symbol = symbol
    __hash__ = lambda self: hash(self.symbol)
    __eq__ = lambda self, other: True
    __str__ = __repr__ = lambda self: "ACME"
"""
    source = solution("t01").replace("fetch(symbol)\n        except", "fetch(Lookalike(symbol))\n        except", 1)
    assert "Lookalike" in source
    attacked = attack("t01", f"{source}\n{lookalike}")
    assert attacked.check("values_and_order").status == "failed"
