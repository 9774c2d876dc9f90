"""Attack 16: output without end. What a report could show of it is cut, the rest goes nowhere, and the case ends."""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, with_first

FLOOD = "flood of text"
PRINTS = f"print('{FLOOD} ' * (1 << 12))"
ENDLESS = "import os, sys\ndef fetch_quotes(symbols, fetch):\n    while True:\n        {}\n"
TOO_MUCH, NO_END = "characters were printed", "it goes on for ever: main runs at line"
# More than the judge keeps of any output.
LONG_MESSAGE = f"import sys\ndef fetch_quotes(symbols, fetch):\n    raise ValueError('{FLOOD} ' * (1 << 22))\n"
MOST_SHOWN = 100_000


@pytest.mark.parametrize(
    ("writes", "sentence"),
    [
        ("print('x' * (1 << 26))", TOO_MUCH),
        ("os.write(1, b'x' * (1 << 16))", NO_END),
        ("sys.__stdout__.write('x' * (1 << 16))", NO_END),
    ],
)
def test_it_ends_the_case(attack: Attack, writes: str, sentence: str) -> None:
    attacked = attack("t01", ENDLESS.format(writes))
    assert attacked.points == 0
    assert sentence in attacked.said


def test_in_real_mode_as_well(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", "while True:\n    print('x' * (1 << 26))"))
    assert attacked.points == 0
    assert TOO_MUCH in attacked.said


def test_much_of_it_costs_no_points_and_is_nowhere(attack: Attack) -> None:
    attacked = attack("t01", with_first("t01", "prices: dict", PRINTS))
    assert attacked.points == attacked.lesson.max_points
    assert FLOOD not in attacked.output


def test_of_a_long_message_the_beginning_is_shown(attack: Attack) -> None:
    attacked = attack("t01", LONG_MESSAGE)
    assert attacked.points == 0
    assert f"ValueError: {FLOOD}" in attacked.said
    assert len(attacked.output) < MOST_SHOWN
