"""Attack 28: patched builtins (`isinstance`, `len`, `AssertionError`, ...). They are the worker's, never the judge's.

The lab may stumble over them, and then the module has no result: it never has more, and the grader is never broken.
"""

import builtins

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import honest

# Correct, but one call after the other: worth what its honest part is, 6 points, and no more.
SEQUENTIAL = """
import builtins
def fetch_quotes(symbols, fetch):
    prices, error = {}, None
    for symbol in symbols:
        try:
            prices[symbol] = fetch(symbol)
        except Exception as exception:
            error = error or exception
    if error:
        raise error
    return prices
"""
HONEST = 6
PATCHES = {
    "comparing": "builtins.len = lambda _: 5\nbuiltins.abs = builtins.max = lambda *_, **__: 5",
    "kinds": "builtins.isinstance = builtins.issubclass = builtins.callable = lambda *_: True",
    "errors": "builtins.AssertionError = builtins.Exception = builtins.BaseException = type('E', (ValueError,), {})",
    "quiet errors": "builtins.Exception = builtins.BaseException = type('E', (BaseException,), {})",
    "files": "builtins.print = builtins.open = lambda *_, **__: None",
    "types": "builtins.type = lambda *_: dict",
    "values": "builtins.list = lambda *_: [('ACME', 12.5), ('BOLT', 99.0)]",
    "order": "builtins.sorted = lambda items, **_: list(items)",
    "attributes": "builtins.getattr = lambda *_: (lambda *_, **__: None)",
    "imports": "builtins.__build_class__ = lambda *_, **__: object\nbuiltins.id = lambda _: 1",
    "loops": "builtins.enumerate = builtins.zip = builtins.map = builtins.any = lambda *_, **__: []",
    "names": "builtins.str = builtins.int = builtins.float = builtins.repr = lambda *_: '0'",
    "all of them": "for name in dir(builtins):\n    if name != 'delattr':\n        delattr(builtins, name)",
}
PASSED = ("values_and_order", "empty", "error_after_all_done", "no_threads_left")


def test_the_honest_part(attack: Attack) -> None:
    attacked = attack("t01", SEQUENTIAL)
    assert attacked.points == HONEST
    assert tuple(check.id for check in attacked.lesson.checks if check.status == "passed") == PASSED


@pytest.mark.parametrize("patch", PATCHES)
def test_patches_add_nothing(attack: Attack, patch: str) -> None:
    before = dict(vars(builtins))
    source = SEQUENTIAL + PATCHES[patch].replace("delattr(b", "[delattr][0](b")
    attacked = attack("t01", source)
    assert attacked.points <= HONEST
    assert {check.id for check in attacked.lesson.checks if check.status == "passed"} <= set(PASSED)
    assert dict(vars(builtins)) == before


def test_a_patch_is_really_made(attack: Attack) -> None:
    lies = "def fetch_quotes(symbols, fetch):\n    raise ValueError(f'{oct(8)} {hex(1)}')\n"
    attacked = attack("t01", "import builtins\nbuiltins.oct = lambda _: 7\nbuiltins.hex = lambda _: 'yes'\n" + lies)
    assert attacked.points == 0
    assert "ValueError: 7 yes" in attacked.said


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_a_right_module_that_patches_what_nobody_needs_has_its_own_points(attack: Attack, key: str) -> None:
    patch = "\nimport builtins\nbuiltins.AssertionError = ZeroDivisionError\nbuiltins.print = lambda *_: 1 / 0\n"
    attacked = attack(key, honest(key) + patch)
    assert attacked.points == attacked.lesson.max_points
