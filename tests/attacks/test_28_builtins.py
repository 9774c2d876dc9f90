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
# By names in texts: plain assignments to builtins are refused before anything runs.
PATCH = """
def patch(**replaced):
    for name, value in replaced.items():
        [setattr][0](builtins, name, value)
def nothing(*_, **__):
    return []
class E(ValueError):
    pass
"""
PATCHES = {
    "comparing": "patch(len=lambda _: 5, abs=lambda _: 5, max=lambda *_, **__: 5)",
    "kinds": "patch(isinstance=lambda *_: True, issubclass=lambda *_: True, callable=lambda _: True)",
    "errors": "patch(AssertionError=E, Exception=E, BaseException=E)",
    "quiet errors": "patch(Exception=GeneratorExit, BaseException=GeneratorExit)",
    "files": "patch(print=nothing, open=nothing)",
    "types": "patch(type=lambda *_: dict)",
    "values": "patch(list=lambda *_: [('ACME', 12.5), ('BOLT', 99.0)])",
    "order": "patch(sorted=lambda items, **_: list(items))",
    "attributes": "patch(getattr=lambda *_: nothing)",
    "classes": "patch(__build_class__=lambda *_, **__: object, id=lambda _: 1)",
    "loops": "patch(enumerate=nothing, zip=nothing, map=nothing, any=nothing)",
    "names": "patch(str=lambda *_: '0', int=lambda *_: 0, float=lambda *_: 0.0, repr=lambda _: '0')",
    "all of them": "take = delattr\nfor name in dir(builtins):\n    take(builtins, name)",
}
PASSED = ("values_and_order", "empty", "error_after_all_done", "no_threads_left")


def test_the_honest_part(attack: Attack) -> None:
    attacked = attack("t01", SEQUENTIAL)
    assert attacked.points == HONEST
    assert tuple(check.id for check in attacked.lesson.checks if check.status == "passed") == PASSED


@pytest.mark.parametrize("patch", PATCHES)
def test_patches_add_nothing(attack: Attack, patch: str) -> None:
    before = dict(vars(builtins))
    attacked = attack("t01", SEQUENTIAL + PATCH + PATCHES[patch])
    assert attacked.points <= HONEST
    assert {check.id for check in attacked.lesson.checks if check.status == "passed"} <= set(PASSED)
    assert dict(vars(builtins)) == before


def test_a_patch_is_really_made(attack: Attack) -> None:
    lies = "def fetch_quotes(symbols, fetch):\n    raise ValueError(f'{oct(8)} {hex(1)}')\n"
    attacked = attack("t01", f"import builtins\n{PATCH}patch(oct=lambda _: 7, hex=lambda _: 'yes')\n{lies}")
    assert attacked.points == 0
    assert "ValueError: 7 yes" in attacked.said


def test_who_assigns_to_builtins_is_told_so(attack: Attack) -> None:
    attacked = attack("t01", SEQUENTIAL + "builtins.isinstance = lambda *_: True\n")
    assert attacked.points == 0
    assert "uses `builtins.isinstance`" in attacked.lesson.problem


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_a_right_module_that_patches_what_nobody_needs_has_its_own_points(attack: Attack, key: str) -> None:
    patch = f"\nimport builtins\n{PATCH}patch(AssertionError=ZeroDivisionError, print=lambda *_: 1 / 0)\n"
    attacked = attack(key, honest(key) + patch)
    assert attacked.points == attacked.lesson.max_points
