"""The lab's random numbers are `random`'s, and stay so whatever a program does to `random.Random`."""

import random

import pytest

from course.lab.draws import Draws, Floats


def some(source: random.Random) -> list[object]:
    """What is drawn by every method that strategies use."""
    drawn: list[object] = [source.random(), source.randrange(9), source.getrandbits(32)]
    return [*drawn, source.choice("abcdef"), source.choices("abcdef", [1, 2, 3, 4, 5, 6])]


@pytest.mark.parametrize("seed", [1, "turns of 1"])
def test_the_same_seed_gives_the_same_numbers(seed: int | str) -> None:
    assert some(Draws(seed)) == some(random.Random(seed))


def test_floats_alone_are_the_same_numbers() -> None:
    floats, draws = Floats(3), Draws(3)
    assert [floats.random() for _ in range(9)] == [draws.random() for _ in range(9)]


def test_replaced_methods_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = some(Draws(7))
    for name in ("random", "randrange", "getrandbits", "choice", "choices", "seed", "_randbelow"):
        monkeypatch.setattr(random.Random, name, lambda *_, **__: 0, raising=False)
    assert some(Draws(7)) == expected
