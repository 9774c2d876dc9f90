"""Attack 55: return a Mock or a proxy, or be one. What is no plain value stays in the worker; its name travels."""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

FIRST = """
import types, weakref
from collections import ChainMap, OrderedDict, UserDict
from unittest import mock
class Held(dict): pass
held = Held(ACME=12.5)
class Proxy:
    def __init__(self, true): vars(self)["true"] = true
    def __getattr__(self, name): return getattr(vars(self)["true"], name)
    __class__ = property(lambda self: dict)
"""
PRICES = "{'ACME': 12.5, 'BOLT': 99.0, 'CLAY': 0.25, 'DUNE': 7.75, 'ELMS': 31.0}"
RETURNED = {
    "mock.MagicMock()": "<a MagicMock>",
    "mock.ANY": "<a _ANY>",
    "mock.sentinel.prices": "<a _SentinelObject>",
    f"types.MappingProxyType({PRICES})": "<a mappingproxy>",
    f"UserDict({PRICES})": "<a UserDict>",
    f"ChainMap({PRICES})": "<a ChainMap>",
    "weakref.proxy(held)": "<a weakproxy",
    f"Proxy({PRICES})": "<a Proxy>",
    f"mock.MagicMock(wraps={PRICES}, spec=dict)": "<a MagicMock>",
    f"{PRICES}.items()": "<a dict_items>",
}
IN_ORDER = "return [line for line, hit in zip(lines, found, strict=True) if hit]"


@pytest.mark.parametrize("returned", RETURNED)
def test_no_proxy_arrives(attack: Attack, returned: str) -> None:
    """Even with the right prices in it: a dict is asked for. The empty report is wrong as well."""
    attacked = attack("t01", f"{FIRST}\ndef fetch_quotes(symbols, fetch):\n    return {returned}\n")
    assert attacked.points == 0
    assert RETURNED[returned].replace("weakproxy", "") in attacked.said


def test_a_function_that_is_a_mock_returns_mocks(attack: Attack) -> None:
    attacked = attack("t01", f"{FIRST}\nfetch_quotes = mock.MagicMock()\n")
    assert attacked.points == 0
    assert "<a MagicMock>" in attacked.said


def test_a_class_that_is_a_mock_has_no_methods(attack: Attack) -> None:
    attacked = attack("t03", f"{FIRST}\nReadinessGate = mock.MagicMock()\nserve_when_ready = mock.MagicMock()\n")
    assert attacked.points == 0
    assert "gate.py has no class `ReadinessGate`" in attacked.said


def test_a_mock_of_the_library_ends_where_it_is_used(attack: Attack) -> None:
    """A pool that is a mock makes no results, and no process: the honest part is the pattern that is refused."""
    mocked = "import re, concurrent.futures\nfrom unittest import mock\n"
    mocked += "mock.patch('concurrent.futures.ProcessPoolExecutor').start()\n"
    attacked = attack("p13", altered("p13", ("import re\n", mocked), (IN_ORDER, "return found")))
    assert attacked.points == 1
    assert "<a MagicMock>" in attacked.said
