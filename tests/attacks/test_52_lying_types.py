"""Attack 52: subclasses of int, str, float and list, and lying `__class__`. Types are asked for, never objects.

What is not exactly a plain type arrives as "a thing of that name", and is equal to nothing.
"""

import pytest

from tests.attacks.altered import altered, solution
from tests.attacks.conftest import Attack

LIARS = """
class Price(float):
    __class__ = float
    __repr__ = lambda self: "12.5"
class Prices(dict):
    __class__ = dict
    def items(self):
        return [("ACME", 12.5), ("BOLT", 99.0), ("CLAY", 0.25), ("DUNE", 7.75), ("ELMS", 31.0)]
    keys = __iter__ = lambda self: iter(["ACME", "BOLT", "CLAY", "DUNE", "ELMS"])
class Name(str):
    __class__ = str
    __str__ = __repr__ = lambda self: "ACME"
class Nothing:
    __class__ = dict
    items = lambda self: []
    __len__ = lambda self: 0
class Pairs(list):
    __class__ = list
Renamed = type("dict", (dict,), {"__module__": "builtins", "__class__": dict})
"""
RETURNED = {
    "{symbol: Price(fetch(symbol)) for symbol in symbols}": ("('ACME', <a Price>)", 1),
    "Prices()": ("<a Prices>", 0),
    "Nothing()": ("<a Nothing>", 0),
    "Pairs([])": ("<a Pairs>", 0),
    "{Name(symbol): fetch(symbol) for symbol in symbols}": ("(<a Name>, 12.5)", 1),
    "{symbol: True for symbol in symbols}": ("('ACME', True)", 1),
    "Renamed({symbol: fetch(symbol) for symbol in symbols})": ("<a dict>", 0),
}
# Raises what only says that it is a TimeoutError: no `except TimeoutError` would catch it.
NO_TIMEOUT = """
SaysTimeout = type("TimeoutError", (Exception,), {"__module__": "builtins", "__class__": TimeoutError})
"""
RAISES = "            raise TimeoutError("


@pytest.mark.parametrize("returned", RETURNED)
def test_only_plain_types_travel(attack: Attack, returned: str) -> None:
    """The honest part: an empty dict for no symbols, where it is one."""
    seen, honest = RETURNED[returned]
    attacked = attack("t01", f"{LIARS}\ndef fetch_quotes(symbols, fetch):\n    return {returned}\n")
    assert attacked.check("values_and_order").status == "failed"
    assert seen in attacked.said
    assert attacked.points == honest


def test_an_exception_is_what_its_type_is(attack: Attack) -> None:
    """Everything else about the gate is right."""
    source = altered(
        "t03",
        ("import threading\n", f"import threading\n{NO_TIMEOUT}"),
        (RAISES, RAISES.replace("TimeoutError", "SaysTimeout")),
    )
    attacked = attack("t03", source)
    assert attacked.check("timeout_raises").status == "failed"
    assert attacked.points == 3


def test_a_report_is_what_its_type_is(attack: Attack) -> None:
    """A mapping that says that it is a dict is looked at as one: nothing is gained by what it says to others."""
    lies = """
class Report:
    __class__ = dict
    def __init__(self, true): self.true = true
    keys = lambda self: ["all is well"]
    __getitem__ = lambda self, name: "up"
    __eq__ = lambda *_: True
async def health_report(probes, limit=None):
    return Report(await truly(probes, limit))
"""
    source = solution("a17").replace("def health_report", "def truly", 1)
    attacked = attack("a17", f"{source}\n{lies}")
    assert attacked.points == 0
    assert "all is well" in attacked.said
