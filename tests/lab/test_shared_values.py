"""`multiprocessing.Value` and `Array` in a world: one process, so that they are values that its threads share."""

import pytest

from tests.lab.nursery import Nursery

COUNTS = """
import multiprocessing, threading
def main():
    total = multiprocessing.{made}
    def add():
        {add}
    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {read} == 3
"""
VALUES = {"Value('i')": "total.value", "Array('i', 2)": "total[1]", "RawValue('i')": "total.value"}


@pytest.mark.parametrize("made", VALUES)
def test_an_update_without_the_lock_is_lost_in_some_order(nursery: Nursery, made: str) -> None:
    """As with every other value: reading and writing are two steps."""
    source = COUNTS.format(made=made, add=f"{VALUES[made]} += 1", read=VALUES[made])
    (explored,) = nursery.explore(source, seeds=[1], budget=100)
    assert {run["value"] for run in explored} == {True, False}


@pytest.mark.parametrize("made", [made for made in VALUES if "Raw" not in made])
def test_with_their_lock_none_is_lost(nursery: Nursery, made: str) -> None:
    source = COUNTS.format(made=made, add=f"with total.get_lock(): {VALUES[made]} += 1", read=VALUES[made])
    (explored,) = nursery.explore(source, seeds=[1], budget=100)
    assert {run["value"] for run in explored} == {True}


def test_they_hold_what_they_are_given(nursery: Nursery) -> None:
    source = """
import ctypes, multiprocessing, threading
class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double)]
def main():
    spawning = multiprocessing.get_context("spawn")
    point = spawning.Value(Point, 1.5, lock=threading.Lock())
    point.x += 1
    text = multiprocessing.Array("c", b"abc")
    plain = multiprocessing.Array("d", [1, 2], lock=False)
    return [point.x, point.y, text.value, len(text), plain[:], multiprocessing.RawArray("i", 2)[:]]
"""
    run = nursery.run(source)
    assert run["value"] == ["list", [2.5, 0.0, ["object", "bytes"], 3, ["list", [1.0, 2.0]], ["list", [0, 0]]]]
