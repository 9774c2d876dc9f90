"""Interleavings as pictures: who ran which line, where another thread took over, what is left out."""

import re
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest

from course.report.model import Interleaving, Step
from course.report.svg import interleaving_svg
from tests.report import samples

SVG = "{http://www.w3.org/2000/svg}"


def drawn(told: Interleaving) -> Element:
    """Draw it, and read the picture back by a strict parser."""
    return fromstring(interleaving_svg(told))


def texts(picture: Element) -> list[str]:
    """All that is written, in the order of drawing."""
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def paths(picture: Element, name: str) -> list[str]:
    """The courses of all paths of a class."""
    return [element.get("d", "") for element in picture.iter(f"{SVG}path") if element.get("class") == name]


def steps(*columns: int, **changes: object) -> Interleaving:
    """Make an interleaving of equal steps in these columns, each with `changes`."""
    told = []
    for before, column in zip((None, *columns), columns, strict=False):
        step = Step(column=column, line=7, source="n += 1", switch=before not in (None, column))
        told.append(msgspec.structs.replace(step, **changes))
    return Interleaving(columns=("a", "b", "c"), steps=tuple(told))


def test_every_step_is_written_with_its_line_and_its_values() -> None:
    """From top to bottom, with what is left out in between."""
    assert texts(drawn(samples.INTERLEAVING)) == [
        "teller-1",
        "teller-2",
        "... 7 earlier steps",
        "14",
        "balance = self.balance",
        "reads 100",
        "14",
        "balance = self.balance",
        "reads 100",
        "15",
        "self.balance = balance + amount",
        "writes 110",
        "⋮ 2 steps",
        "15",
        "self.balance = balance + amount",
        "writes 110",
    ]


def test_time_runs_downwards() -> None:
    """Nothing stands above what came before."""
    heights = [float(element.get("y", "")) for element in drawn(samples.INTERLEAVING).iter(f"{SVG}text")]
    assert heights == sorted(heights)


def test_arrow_leads_from_the_rail_of_one_thread_to_that_of_the_next() -> None:
    """One arrow per switch, none where a thread goes on."""
    picture = drawn(steps(0, 0, 1, 2))
    rails = [re.match(r"M([\d.]+) ", course) for course in paths(picture, "rail")]
    first, second, third = (float(rail[1]) for rail in rails if rail)
    ends = [re.fullmatch(r"M([\d.]+) [\d.]+V[\d.]+H([\d.]+)V[\d.]+", course) for course in paths(picture, "arrow")]
    assert [(float(end[1]), float(end[2])) for end in ends if end] == [(first, second), (second, third)]


def test_switch_after_a_gap_has_no_arrow_from_the_wrong_thread() -> None:
    """Who ran before is not in the picture; the head alone says that another thread did."""
    picture = drawn(steps(0, 1, skipped=3))
    assert paths(picture, "arrow") == []
    assert len(paths(picture, "head")) == 1


def test_thread_that_waits_for_ever_has_a_broken_rail_to_the_end() -> None:
    """It never goes on."""
    picture = drawn(steps(0, 1, waits="b", for_ever=True))
    assert len(paths(picture, "stuck")) == 2
    assert "waits for ever for b" in texts(picture)
    assert paths(drawn(steps(0, 1, waits="b")), "stuck") == []


@pytest.mark.parametrize(
    ("changes", "alerts"),
    [({"waits": "b"}, 0), ({"waits": "b", "for_ever": True}, 1), ({"stopped": "write"}, 1), ({"holds": ("a",)}, 0)],
)
def test_only_what_goes_wrong_stands_out(changes: dict[str, object], alerts: int) -> None:
    """To wait for a lock is nothing bad; to wait for ever is."""
    classes = [element.get("class", "") for element in drawn(steps(0, **changes)).iter(f"{SVG}text")]
    assert classes.count("small alert") == alerts


def test_thread_that_went_on_is_not_stuck() -> None:
    """Whatever it waited for before."""
    told = steps(0, 1, 0)
    first = msgspec.structs.replace(told.steps[0], waits="b", for_ever=True)
    assert paths(drawn(msgspec.structs.replace(told, steps=(first, *told.steps[1:]))), "stuck") == []


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_long_lines_are_wrapped_in_their_column_and_cut_at_last(columns: int) -> None:
    """At most three lines of code per step; the description has all of it."""
    source = "self.balance = self.balance + " + "amount_of_this_deposit + " * 5 + "rest"
    step = Step(column=columns - 1, line=1000, source=source, switch=False)
    picture = drawn(Interleaving(columns=("teller",) * columns, steps=(step,)))
    code = [element for element in picture.iter(f"{SVG}text") if element.get("class") == f"thread{columns - 1}"]
    assert 2 <= len(code) <= 3
    assert all(float(each.get("x", "")) + len(each.text or "") * 7.9 <= 900 for each in code)
    assert source in (picture.findtext(f"{SVG}desc") or "")


def test_description_tells_the_story_in_words() -> None:
    """For those who do not see the picture."""
    words = (drawn(samples.INTERLEAVING).findtext(f"{SVG}desc") or "").splitlines()
    assert words == [
        "... 7 earlier steps",
        "teller-1, line 14: balance = self.balance (reads 100)",
        "teller-2, line 14: balance = self.balance (reads 100)",
        "teller-2, line 15: self.balance = balance + amount (writes 110)",
        "⋮ 2 steps",
        "teller-1, line 15: self.balance = balance + amount (writes 110)",
    ]


def test_interleaving_without_steps_is_an_empty_picture() -> None:
    """The model allows it."""
    assert texts(drawn(Interleaving(columns=(), steps=()))) == []
