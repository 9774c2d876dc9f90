"""What a traced run tells of values: those that the program read and wrote, without running any of its code."""

from typing import Any

import pytest

from course.lab.observation import LONGEST_VALUE, shown
from tests.lab.nursery import Nursery


class Mine:
    """Has a text that nobody asked for."""

    def __repr__(self) -> str:
        raise AssertionError("code of the student's has been run")


class MyInt(int):
    """A number with a text of its own."""

    __repr__ = Mine.__repr__


class MyList(list[int]):
    """A list with a text and a length of its own."""

    __repr__ = Mine.__repr__

    def __len__(self) -> int:
        raise AssertionError("code of the student's has been run")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (-0.5, "-0.5"),
        (True, "True"),
        (None, "None"),
        ("a'b", '"a\'b"'),
        ([1, "x", None], "[1, 'x', None]"),
        ((1,), "(1,)"),
        ({1}, "{1}"),
        ({"lamp": 1}, "{'lamp': 1}"),
        ([], "[]"),
        ("x" * 26, repr("x" * 26)),
        ("x" * 100, "'" + "x" * 26 + "..."),
        ("x" * 10_000_000, "'" + "x" * 26 + "..."),
        (["x" * 10_000_000], ""),
        (10**5_000, ""),
        ([10**5_000], ""),
        ([1, 2, 3, 4, 5, 6], ""),
        (Mine(), ""),
        (MyInt(3), ""),
        (MyList([1]), ""),
        ([Mine()], ""),
        ({1: Mine()}, ""),
        ({"k": [1]}, ""),
    ],
    ids=lambda value: str(type(value).__name__),
)
def test_values_of_plain_types_are_shown_shortly(value: Any, text: str) -> None:
    """All others are not shown at all: their text could be any code."""
    assert shown(value) == text
    assert len(text) <= LONGEST_VALUE


TWICE = """class Twice:
    @property
    def v(self): return self.w
    @v.setter
    def v(self, x): self.w = 2 * x
"""


def told(nursery: Nursery, body: str) -> list[tuple[str, str, str]]:
    """Kind, name and value of the reads, writes and results of `main`'s body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = f"import threading\nclass Box: n = 0\ndef main():\n{lines}"
    run = nursery.run(source, traced=True)
    assert (run["outcome"], run["error"]) == ("finished", None)
    return [
        (kind, run["sites"][site][2], value)
        for _, _, kind, site, value in run["trace"]
        if kind in ("read", "write", "result")
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("box = Box()\nbox.n = 3\nx = box.n", [("write", "box.n", "3"), ("read", "box.n", "3")]),
        ("box = Box()\nbox.n += 2", [("read", "box.n", "0"), ("write", "box.n", "2")]),
        (
            "box = Box()\nbox.n = 1\nbox.n += 2",
            [("write", "box.n", "1"), ("read", "box.n", "1"), ("write", "box.n", "3")],
        ),
        ("Box.n += 1", [("read", "Box.n", "0"), ("write", "Box.n", "1")]),
        (
            "d = {'k': 1}\nd['k'] += d['k']",
            [("read", "d[...]", "1"), ("read", "d[...]", "1"), ("write", "d[...]", "2")],
        ),
        ("xs = [1, 2]\nxs[-1] = 'x'\nxs[0]", [("write", "xs[...]", "'x'"), ("read", "xs[...]", "1")]),
        ("xs = [1, 2]\nxs[-1] += 5", [("read", "xs[...]", "2"), ("write", "xs[...]", "7")]),
        ("'k' in {'k': 1}", [("result", "...", "True")]),
        ("len([1, 2])", [("result", "len", "2")]),
        ("print()", []),
        (
            "n = 1\ndef f():\n    nonlocal n\n    n += 1\n    n = n + 5\nf()\nx = n",
            [
                *[
                    ("write", "n", "1"),
                    ("read", "n", "1"),
                    ("write", "n", "2"),
                    ("read", "n", "2"),
                    ("write", "n", "7"),
                ],
                ("read", "n", "7"),
            ],
        ),
        (
            "box = Box()\ndef f():\n    box.n += 10\n    return 1\nbox.n += f()",
            [
                *[("read", "box.n", "0"), ("read", "box.n", "0"), ("write", "box.n", "10"), ("result", "f", "1")],
                ("write", "box.n", "1"),
            ],
        ),
        (
            TWICE + "t = Twice()\nt.v = 3\nt.v += 1\nt.v",
            [
                *[("write", "self.w", "6"), ("write", "t.v", "3"), ("read", "self.w", "6"), ("read", "t.v", "")],
                *[("write", "self.w", "14"), ("write", "t.v", ""), ("read", "self.w", "14"), ("read", "t.v", "14")],
            ],
        ),
        (
            "class S:\n    __slots__ = ('n',)\ns = S()\ns.n = 1\ns.n += 1",
            [("write", "s.n", "1"), ("read", "s.n", "1"), ("write", "s.n", "2")],
        ),
        (
            "class P:\n    def f(self):\n        self.__n = 1\n        self.__n += 1\n        return self.__n\nP().f()",
            [
                *[("write", "self.__n", "1"), ("read", "self.__n", "1"), ("write", "self.__n", "2")],
                ("read", "self.__n", "2"),
                ("result", "P().f", "2"),
            ],
        ),
    ],
    ids=lambda value: value.replace("\n", "; ")[:40] if isinstance(value, str) else "",
)
def test_what_was_read_and_written_is_told(nursery: Nursery, body: str, expected: list[tuple[str, str, str]]) -> None:
    """In the order in which it happened; the value of an update is the one that was loaded, then the one stored."""
    found = [event for event in told(nursery, body) if event[1] not in ("Box", "Twice", "S", "P")]
    assert found == expected


def test_a_lost_update_is_told_with_its_values(nursery: Nursery) -> None:
    """Both threads read 0, and both write 1."""
    source = """
import threading
class Box: n = 0
def work(): Box.n += 1
def main():
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return Box.n == 1
"""
    schedules = [{"strategy": "random-walk", "seed": seed} for seed in range(100)]
    run = next(run for run in nursery.runs(source, schedules=schedules, traced=True) if run["value"] is True)
    values = [
        (thread, kind, value) for _, thread, kind, site, value in run["trace"] if run["sites"][site][2] == "Box.n"
    ]
    seen = [value for value in values if value[1] in ("read", "write")][:4]
    assert sorted(seen) == [(1, "read", "0"), (1, "write", "1"), (2, "read", "0"), (2, "write", "1")]
    assert [kind for _, kind, _ in seen] == ["read", "read", "write", "write"]
