"""Attack 51: `__eq__` and `__ne__` that always agree. Nothing of a student's is compared, but plain data."""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

AGREES = """
class Agrees:
    __eq__ = __le__ = __ge__ = __contains__ = __instancecheck__ = lambda *_: True
    __ne__ = __lt__ = __gt__ = lambda *_: False
    __hash__ = lambda self: 0
    __len__ = lambda self: 5
    __iter__ = lambda self: iter([self] * 5)
    __getitem__ = __getattr__ = __call__ = lambda self, *_: self
class Kind(type):
    __eq__ = __instancecheck__ = __subclasscheck__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = type.__hash__
class AgreesAsAClass(metaclass=Kind):
    pass
class AgreesAsADict(dict):
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
class AgreesAsANumber(float):
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = float.__hash__
"""
# What is returned, what the judge sees of it, and the honest part: an empty dict for no symbols is right.
RETURNED = {
    "Agrees()": ("<a Agrees>", 0),
    "AgreesAsAClass": ("<a Kind>", 0),
    "AgreesAsAClass()": ("<a AgreesAsAClass>", 0),
    "AgreesAsADict()": ("<a AgreesAsADict>", 0),
    "[Agrees()]": ("[<a Agrees>]", 0),
    "{symbol: Agrees() for symbol in symbols}": ("('ACME', <a Agrees>)", 1),
    "{symbol: AgreesAsANumber() for symbol in symbols}": ("('ACME', <a AgreesAsANumber>)", 1),
    "{Agrees(): 12.5 for symbol in symbols}": ("(<a Agrees>, 12.5)", 1),
}
IN_ORDER = "return [line for line, hit in zip(lines, found, strict=True) if hit]"


@pytest.mark.parametrize("returned", RETURNED)
def test_nothing_agrees_on_its_own_word(attack: Attack, returned: str) -> None:
    seen, honest = RETURNED[returned]
    attacked = attack("t01", f"{AGREES}\ndef fetch_quotes(symbols, fetch):\n    return {returned}\n")
    assert attacked.points == honest
    assert attacked.check("values_and_order").status == "failed"
    assert seen in attacked.said


def test_lines_that_agree_are_no_lines(attack: Attack) -> None:
    """In real mode; the honest part is the pattern that is refused."""
    source = altered("p13", ("import re\n", f"import re\n{AGREES}"), (IN_ORDER, "return [Agrees() for _ in lines]"))
    attacked = attack("p13", source)
    assert attacked.points == 1
    assert "[<a Agrees>, <a Agrees>, <a Agrees>" in attacked.said


def test_a_module_whose_functions_agree_has_no_functions(attack: Attack) -> None:
    attacked = attack("t01", f"{AGREES}\nfetch_quotes = Agrees()\n")
    assert attacked.points == 0
    assert "quotes.py" in attacked.said or "<a Agrees>" in attacked.said
