"""A time line as a drawing: a bar per call and per wait, lane by lane, above an axis in seconds."""

import math
from collections.abc import Iterator

from course.report.model import Bar, TimeLine
from course.report.sentences import WORDS, label
from course.report.svg_drawing import (
    CELL,
    LETTERS,
    MARGIN,
    SMALL_CELL,
    WIDTH,
    Drawing,
    thread_class,
    wrapped,
)
from course.report.time_axis import TimeAxis

LANES, LABELS = 130, 190  # the room for names
BEGIN, END = MARGIN + LANES + LABELS, WIDTH - MARGIN - 140  # the axis
ROW, BAR = 22, 14
HATCH = 6  # between two lines of a wait
NARROWEST = 3
MOST_TICKS = 6


def draw_time_line(drawing: Drawing, told: TimeLine) -> None:
    """Add `told` to the drawing, which goes on below it."""
    axis = TimeAxis(told)
    top = drawing.y
    for number, lane in enumerate(axis.lanes):
        drawing.y += 6 if number else 0
        (shown,) = wrapped(lane, int((LANES - CELL) / CELL), 1)
        drawing.text(MARGIN, drawing.y + LETTERS, shown, f"bold {thread_class('thread', number)}")
        for bar in (bar for bar in axis.bars if bar.lane == lane):
            _row(drawing, axis, bar, number)
            drawing.y += ROW
    for seconds in _ticks(axis.seconds):
        x = _place(axis, seconds)
        drawing.rail(x, top, drawing.y + 4)
        drawing.text(x, drawing.y + 4 + LETTERS, f"{seconds:g}", "small dim", anchor="middle")
    drawing.text(END + 30, drawing.y + 4 + LETTERS, WORDS["seconds"], "small dim")
    drawing.y += ROW


def _row(drawing: Drawing, axis: TimeAxis, bar: Bar, number: int) -> None:
    words, y = label(bar), drawing.y + (ROW - BAR) / 2 - 2
    (shown,) = wrapped(words, int((LABELS - CELL) / SMALL_CELL), 1)
    drawing.text(MARGIN + LANES, drawing.y + LETTERS, shown, "small dim" if bar.kind == "wait" else "small")
    begin = min(_place(axis, bar.start), END - NARROWEST)
    end = max(END if bar.end is None else _place(axis, bar.end), begin + NARROWEST)
    if bar.kind == "wait":
        drawing.path(_hatched(begin, y, end - begin, BAR), thread_class("hatch", number))
    else:
        drawing.rectangle(begin, y, end - begin, BAR, thread_class("bar", number))
    if bar.end is None:
        drawing.path(f"M{end:g} {y - 2:g}l8 {BAR / 2 + 2:g}l-8 {BAR / 2 + 2:g}z", thread_class("bar", number))
    drawing.text(END + 14, drawing.y + LETTERS, axis.span(bar), "small dim")


def _place(axis: TimeAxis, seconds: float) -> float:
    return round(BEGIN + seconds / axis.seconds * (END - BEGIN), 1)


def _hatched(x: float, y: float, width: float, height: float) -> str:
    """A box with slanting lines in it, each cut where the box ends."""
    lines = [f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"]
    for step in range(int((width + height) / HATCH) + 1):
        foot = step * HATCH - height  # where the line would stand on the ground, from the left edge
        low, high = max(0.0, -foot), min(height, width - foot)
        if low < high:
            lines.append(f"M{x + foot + low:g} {y + height - low:g}L{x + foot + high:g} {y + height - high:g}")
    return "".join(lines)


def _ticks(seconds: float) -> list[float]:
    """Round times from 0 up to `seconds`, at most `MOST_TICKS` + 1 of them."""
    power = 10.0 ** math.floor(math.log10(seconds / MOST_TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * MOST_TICKS >= seconds * (1 - 1e-9))
    return [round(number * step, 9) for number in range(int(seconds / step + 1e-9) + 1)]


def describe_time_line(told: TimeLine) -> Iterator[str]:
    """The same in words."""
    axis = TimeAxis(told)
    for bar in axis.bars:
        yield WORDS["drawn_bar"].format(lane=bar.lane, label=label(bar), span=" ".join(axis.span(bar).split()))
