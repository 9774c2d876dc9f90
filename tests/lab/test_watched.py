"""Watched dicts: whatever becomes of a name is noticed, and nothing else is."""

import gc
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from course.lab.watched import LookedAt, Told

KINDS = [LookedAt, *([Told] if sys.version_info >= (3, 12) else [])]
THING = object()
CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another value": lambda names: names.update(one=object()),
    "a new name": lambda names: names.update(three=3),
    "a name less": lambda names: names.pop("two"),
    "another name for the same thing": lambda names: names.update(three=names.pop("two")),
    "an equal value": lambda names: names.update(one=[]),
    "nothing left": lambda names: names.clear(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_noticed_until_it_is_accepted(kind: Any, change: str) -> None:
    names, others = {"one": [], "two": THING}, {"one": 1}
    watched, untouched = kind([others, names]), kind([others])
    assert watched.is_unchanged()
    CHANGES[change](names)
    assert not watched.is_unchanged()
    assert untouched.is_unchanged()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_accepted_is_right_from_then_on(kind: Any) -> None:
    names = {"one": 1, "two": 2}
    watched = kind([names])
    names["one"] = 10_000
    watched.accept()
    assert watched.is_unchanged()
    names["one"] = 20_000
    assert not watched.is_unchanged()


@pytest.mark.parametrize("kind", KINDS)
def test_the_attributes_of_a_class_can_be_watched(kind: Any) -> None:
    class Thing:
        size = 1

    watched = kind(gc.get_referents(vars(Thing)))
    assert (Thing.size, watched.is_unchanged()) == (1, True)
    Thing.size = 2
    assert not watched.is_unchanged()


def test_python_ends_well_while_dicts_are_watched() -> None:
    """It clears them when there is nothing left that could be told."""
    program = "import sys, threading\nfrom course.lab.watched import BEST\nwatched = BEST([vars(threading), vars(sys)])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
