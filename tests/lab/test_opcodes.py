"""Every instruction a point: an independent look at what the points in the source can find."""

import pytest

from tests.lab.nursery import Nursery
from tests.lab.programs import RIGHT, WRONG

WALKS = [{"strategy": "deviating", "at": []}, *({"strategy": "random-walk", "seed": seed} for seed in range(60))]


@pytest.mark.parametrize("name", WRONG)
def test_both_kinds_of_points_find_the_same_mistakes(nursery: Nursery, name: str) -> None:
    """A mistake that only one of them could show would be a gap in the other."""
    for points in ("source", "opcodes"):
        assert nursery.finds(WRONG[name], schedules=WALKS, points=points), points


@pytest.mark.parametrize("name", RIGHT)
def test_neither_kind_of_points_accuses_a_right_program(nursery: Nursery, name: str) -> None:
    for points in ("source", "opcodes"):
        assert not nursery.finds(RIGHT[name], schedules=WALKS[:25], points=points), points


def test_every_instruction_is_a_point(nursery: Nursery) -> None:
    """Also in the first run of a function, which `sys.settrace` misses since 3.12."""
    source = "def add(a, b): return a + b\ndef main(): return add(1, 2) == 3"
    few, many = (nursery.runs(source, schedules=WALKS[:1], points=points)[0] for points in ("source", "opcodes"))
    assert few["value"] is many["value"] is True
    assert many["points"] >= few["points"] + 10
