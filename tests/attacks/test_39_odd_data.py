"""Attack 39: NaN, infinities, huge numbers, keys that come twice, a gigabyte of JSON, half characters. Each is refused.

What a worker cannot write as plain data travels as the name of its type. What the judge would have to guess at, it does
not take; its own decoder never raises anything but that.
"""

import json

import pytest

from course.judge.framing import Framing
from course.judge.records import BadFrame, RunRecord, decode, value_of
from tests.attacks.conftest import Attack

# An expression for all prices, and what a report shows of it (or nothing, where the worker does not survive it).
VALUES = {
    "float('nan')": "<a float>",
    "float('-inf')": "<a float>",
    "10 ** 400": "<a int>",
    "-(1 << 62)": "<a int>",
    "1j": "<a complex>",
    "'\\ud800\\udfff'": "??",
    "b'bytes'": "<a bytes>",
    "True": "True",
    "-0.0": "-0.0",
    "type('float', (float,), {'__eq__': lambda *_: True})(12.5)": "<a float>",
    "type('Any', (), {'__eq__': lambda *_: True, '__hash__': lambda _: 1})()": "<a Any>",
}
QUOTES = "def fetch_quotes(symbols, fetch):\n    return {{symbol: {} for symbol in symbols}}\n"
WIDE = """
def fetch_quotes(symbols, fetch):
    wide = "x" * 3_000  # cut to 2,000, in a copy
    for _ in range(9):
        wide = [wide] * 5_000
    return {symbol: wide for symbol in symbols}
"""
ROUND = """
def fetch_quotes(symbols, fetch):
    loop = {}
    loop["self"] = loop
    return {symbol: loop for symbol in symbols}
"""
LONG_MESSAGE = "def fetch_quotes(symbols, fetch):\n    raise ValueError('x' * (1 << 22), 10 ** 4_000)\n"
NONCE = "0" * 16
RUN = {
    "nonce": NONCE, "kind": "run", "outcome": "finished", "value": "@", "error": None, "duration": 0, "output": "",
}  # fmt: skip
BODIES = {
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "1e999": "1e999",
    "10 ** 400": str(10**400),
    "a key twice": '["dict", [[1, 2]], {"a": 1, "a": 2}]',
    "half a character": r'"\ud800"',
    "deep": "[" * 100_000 + "]" * 100_000,
    "no JSON": "{'a': 1}",
}


@pytest.mark.parametrize("value", VALUES)
def test_odd_values_are_shown_as_what_they_are(attack: Attack, value: str) -> None:
    """And equal nothing, whatever they say themselves."""
    attacked = attack("t01", QUOTES.format(value))
    assert attacked.points == 1  # no symbols, no prices
    assert VALUES[value] in attacked.said
    assert "NaN" not in attacked.output


@pytest.mark.parametrize("source", [ROUND, LONG_MESSAGE])
def test_endless_and_long_data_is_cut(attack: Attack, source: str) -> None:
    attacked = attack("t01", source)
    assert attacked.points <= 1
    assert len(attacked.output) < 200_000


def test_data_that_grows_as_it_is_written_ends_the_case(attack: Attack) -> None:
    attacked = attack("t01", WIDE)
    assert attacked.points == 1
    assert "your code has used more than 1 GiB of memory" in attacked.said


@pytest.mark.parametrize("body", BODIES)
def test_a_record_with_odd_json_is_refused(body: str) -> None:
    """Should somebody know the number of his case: the judge's own side."""
    raw = json.dumps(RUN).replace('"@"', BODIES[body]).encode()
    with pytest.raises(BadFrame):
        record = decode(raw, NONCE)
        assert isinstance(record, RunRecord)
        value_of(record.value)


def test_of_a_gigabyte_nothing_is_kept() -> None:
    framing = Framing()
    framing.add((1 << 30).to_bytes(4, "big"))
    with pytest.raises(BadFrame, match="larger than any result"):
        framing.next()  # it is the length that is refused, before anything else has come
