"""Proxies compare and join as they always did, with copies of what they stand for."""

from collections.abc import Callable

import pytest

from course.judge.drivers import Drivers
from tests.judge.conftest import bench, make_drivers, make_lesson

__all__ = ["bench", "make_drivers", "make_lesson"]  # the fixtures of the judge's tests

USUAL = """
import types
from collections import ChainMap, OrderedDict, UserDict
from collections.abc import Mapping
proxy = types.MappingProxyType
class Own(Mapping):
    def __getitem__(self, key): return {"a": 1}[key]
    def __iter__(self): return iter("a")
    def __len__(self): return 1
class Kind:
    number = 7
def error_of(function):
    try:
        return str(function())
    except TypeError as error:
        return type(error).__name__
def work():
    one = proxy({"a": 1})
    return {
        "equal": [one == {"a": 1}, {"a": 1} == one, one == proxy({"a": 1}), one != {"a": 1}, one == {"a": 2}, one == 7],
        "of others": [proxy(each(a=1)) == {"a": 1} for each in (OrderedDict, UserDict)] + [proxy(Own()) == {"a": 1}],
        "joined": [one | {"b": 2}, {"b": 2} | one, one | proxy({"b": 2}), dict(proxy(UserDict(a=1)) | {"b": 2})],
        "classes": [vars(Kind) == dict(vars(Kind)), vars(Kind) == vars(str), (vars(Kind) | {"x": 1})["number"]],
        "errors": [error_of(lambda: one < one), error_of(lambda: one | 7), error_of(lambda: hash(one))],
        "fixed": [error_of(lambda: setattr(proxy, "x", 1))],
    }
"""
EXPECTED = {
    "equal": [True, True, True, False, False, False],
    "of others": [True, True, True],
    "joined": [{"a": 1, "b": 2}] * 4,
    "classes": [True, False, 7],
    "errors": ["TypeError", "TypeError", "TypeError"],
    "fixed": ["TypeError"],
}


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_all_is_as_usual(make_drivers: Callable[..., Drivers], mode: str) -> None:
    drivers = make_drivers(USUAL, mode=mode)
    run = drivers.real("drive") if mode == "real" else drivers.simulate("drive")
    assert run.value == EXPECTED
