"""Time lines as pictures: bars at their seconds, waits hatched, an axis with round times."""

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from course.report.model import Bar, TimeLine
from course.report.svg import time_line_svg
from course.report.svg_time_line import headings
from tests.report import samples

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*bars: Bar, seconds: float) -> Element:
    """Draw it, and read the picture back by a strict parser."""
    return fromstring(time_line_svg(TimeLine(bars=bars, seconds=seconds)))


def boxes(picture: Element) -> list[tuple[float, float]]:
    """Where each call begins and ends."""
    found = (each for each in picture.iter(f"{SVG}rect") if (each.get("class") or "").startswith("bar"))
    return [(float(each.get("x", "")), float(each.get("x", "")) + float(each.get("width", ""))) for each in found]


def ticks(picture: Element) -> list[str]:
    """The numbers on the axis."""
    return [each.text or "" for each in picture.iter(f"{SVG}text") if each.get("text-anchor") == "middle"]


def call(start: float, end: float | None, kind: str = "call") -> Bar:
    """Make a bar in the lane of main."""
    return Bar(lane="main", label="fetch", start=start, end=end, kind=kind)  # type: ignore[arg-type]


def test_bars_stand_at_their_seconds() -> None:
    """What begins when another ends begins where that one ends."""
    (first, second) = boxes(drawn(call(0, 1), call(1, 4), seconds=4))
    assert first[1] == second[0]
    assert second[1] - second[0] == pytest.approx(3 * (first[1] - first[0]))


def test_waits_are_hatched_boxes_and_no_calls() -> None:
    """The strokes stay within the box."""
    picture = drawn(call(0, 1), call(1, 3, "wait"), seconds=4)
    (hatched,) = (each.get("d", "") for each in picture.iter(f"{SVG}path") if each.get("class") == "hatch0")
    (begin, end), *_ = boxes(drawn(call(1, 3), seconds=4))
    across = [float(x) for x in re.findall(r"[ML]([\d.]+) ", hatched)]
    assert min(across) >= begin
    assert max(across) <= end
    assert len(boxes(picture)) == 1
    assert "waits: fetch" in [each.text for each in picture.iter(f"{SVG}text")]


def test_bar_that_never_ended_reaches_the_edge_and_has_a_tip() -> None:
    """It was still going on when the run was over."""
    picture = drawn(call(1, None), seconds=2)
    ((_, end),) = boxes(picture)
    assert [end] == [each for _, each in boxes(drawn(call(0, 2), seconds=2))]
    assert any(each.get("class") == "bar0" for each in picture.iter(f"{SVG}path"))
    assert "1.0 s, not ended" in [each.text for each in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.0), (2.0, 2.0), (1.0, 1.001), (2.0, None)])
def test_every_bar_is_seen_whatever_its_seconds(start: float, end: float | None) -> None:
    """No time at all, and a bar at the very end: three pixels inside the axis."""
    (((begin, stop),), ((left, right),)) = (
        boxes(drawn(call(start, end), seconds=2)),
        boxes(drawn(call(0, 2), seconds=2)),
    )
    assert stop - begin >= 3
    assert left <= begin
    assert stop <= right


@pytest.mark.parametrize(
    ("seconds", "numbers"),
    [
        (1.0, "0 0.2 0.4 0.6 0.8 1"),
        (2.5, "0 0.5 1 1.5 2 2.5"),
        (6.5, "0 2 4 6"),
        (6.0, "0 1 2 3 4 5 6"),
        (60.0, "0 10 20 30 40 50 60"),
        (0.003, "0 0.0005 0.001 0.0015 0.002 0.0025 0.003"),
        (86400.0, "0 20000 40000 60000 80000"),
        (0.0, "0 0.2 0.4 0.6 0.8 1"),
    ],
)
def test_axis_has_a_few_round_times(seconds: float, numbers: str) -> None:
    """From 0 to the end, seven at most."""
    assert " ".join(ticks(drawn(call(0, seconds), seconds=seconds))) == numbers


def test_lane_is_named_once_for_all_its_bars() -> None:
    """And each lane has its colour."""
    picture = fromstring(time_line_svg(samples.TIME_LINE_WITH_WAITS))
    lanes = [(each.text, each.get("class")) for each in picture.iter(f"{SVG}text") if "bold" in each.get("class", "")]
    assert lanes == [("main", "bold thread0"), ("worker-1", "bold thread1")]


def test_description_tells_the_bars_in_words() -> None:
    """For those who do not see the picture."""
    picture = fromstring(time_line_svg(samples.TIME_LINE_WITH_WAITS))
    assert picture.findtext(f"{SVG}title") == "Time line of main, worker-1"
    assert (picture.findtext(f"{SVG}desc") or "").splitlines() == [
        "main: fetch AAA, 0.0 - 1.0 s",
        "main: fetch BBB, 1.0 - 2.0 s",
        "main: waits: done.wait, 2.0 - 3.0 s",
        "worker-1: fetch CCC, 0.5 s, not ended",
    ]


def test_time_line_without_bars_is_an_empty_picture() -> None:
    """The model allows it."""
    assert ticks(drawn(seconds=1.0)) == []


def lines(picture: Element, name: str) -> list[str]:
    """The courses of the lines of one class."""
    return [each.get("d", "") for each in picture.iter(f"{SVG}path") if each.get("class") == name]


def test_life_of_a_task_is_a_thin_line_beside_its_bar() -> None:
    """From the making to the end, but not through the bar; then the mark of how it ended."""
    picture = fromstring(time_line_svg(samples.TASKS))
    seconds = {each.text or "": float(each.get("x", "")) for each in picture.iter(f"{SVG}text")}
    life, mark = lines(picture, "hatch0")
    assert [float(x) for x in re.findall(r"[MH]([\d.]+)", life)] == [seconds["2"], seconds["3"]]
    assert mark.startswith(f"M{seconds['3'] + 3:g} ")
    wait, first = lines(picture, "hatch1")[:2]
    assert wait.count("L") > 1
    assert [float(x) for x in re.findall(r"[MH]([\d.]+)", first)] == [seconds["2"], seconds["3"]]
    assert "!" in seconds


def test_task_without_bars_has_a_row() -> None:
    """Its name, its times, and the mark of its end."""
    picture = fromstring(time_line_svg(samples.TASKS))
    assert {"Task-5 idle", "4.0 - 4.0 s"} <= {each.text for each in picture.iter(f"{SVG}text")}
    assert len(lines(picture, "hatch3")) == 1


def test_description_tells_how_tasks_ended() -> None:
    """Once for each, after its bars."""
    picture = fromstring(time_line_svg(samples.TASKS))
    assert (picture.findtext(f"{SVG}desc") or "").splitlines() == [
        "Task-2: fetch A, 0.0 - 2.0 s",
        "Task-2: 0.0 - 3.0 s, cancelled",
        "loader: waits at 9: asyncio.wait (Task-2), 1.0 - 2.0 s",
        "loader: blocks the loop at 12: time.sleep, 2.0 - 3.0 s",
        "loader: 1.0 - 3.0 s, an exception came out",
        "Task-4: waits at 20: queue.get, 1.0 s, not ended",
        "Task-4: 0.0 s, not ended, still pending",
        "Task-5 idle: 4.0 - 4.0 s, returned",
    ]


def test_headings_explain_only_what_is_there() -> None:
    """Waits, lives and marks."""
    assert list(headings(samples.TIME_LINE)) == ["the calls over time, in seconds"]
    assert list(headings(samples.TASKS)) == [
        "the calls (full) and the waits (hatched) over time, in seconds",
        "a thin line goes from the making of a task to its end: | returned, x cancelled, ! an exception",
    ]
    assert list(headings(TimeLine(bars=(), seconds=1.0, lives=samples.TASKS.lives[2:3])))[1].endswith("to its end")
