"""`select` without descriptors is a sleep, in virtual time."""

from typing import Any

import pytest

from tests.lab.nursery import Nursery

SECOND = 1_000_000_000

SLEEPS: dict[str, tuple[Any, float]] = {
    "select.select([], [], [], 2.5)": (["tuple", [["list", []]] * 3], 2.5),
    "select.select([], [], [], 0)": (["tuple", [["list", []]] * 3], 0),
    "select.poll().poll(1500)": (["list", []], 1.5),
    "select.epoll().poll(1.5)": (["list", []], 1.5),
    "selectors.DefaultSelector().select(2)": (["list", []], 2),
    "selectors.SelectSelector().select(2)": (["list", []], 2),
}


@pytest.mark.parametrize("call", SLEEPS)
def test_waiting_without_descriptors_is_a_sleep(nursery: Nursery, call: str) -> None:
    """An old way to sleep for parts of a second; another thread goes on meanwhile."""
    value, seconds = SLEEPS[call]
    source = f"""
import select, selectors, threading, time
def main():
    other = threading.Thread(target=time.sleep, args=({seconds},))
    other.start()
    found = {call}
    other.join()
    return found
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"], run["duration"]) == ("finished", value, seconds * SECOND)


def test_waiting_for_nothing_for_ever_is_a_deadlock(nursery: Nursery) -> None:
    """Nobody can end it."""
    run = nursery.run("import select\ndef main():\n    select.select([], [], [])\n")
    assert run["outcome"] == "deadlock"


def test_a_negative_limit_is_the_callers_mistake(nursery: Nursery) -> None:
    """With the real function's words."""
    run = nursery.run("import select\ndef main():\n    select.select([], [], [], -1)\n")
    assert (run["error"]["type"], run["error"]["message"]) == ("ValueError", "timeout must be non-negative")
