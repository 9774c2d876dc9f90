"""A time line as a drawing: a bar per call and per wait, lane by lane, above an axis in seconds."""

import math
from collections.abc import Iterator

from course.report.model import Bar, Life, TimeLine
from course.report.sentences import WORDS, ends
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
from course.report.time_axis import Row, TimeAxis

LANES, LABELS = 140, 264  # the room for names
BEGIN, END = MARGIN + LANES + LABELS, WIDTH - MARGIN - 140  # the axis
ROW, BAR = 22, 14
HATCH = 6  # between two lines of a wait
NARROWEST = 3
MOST_TICKS = 6
SPANS = 18  # from the end of the axis to the times in words
ENDS = {"returned": "|", "cancelled": "x", "raised": "!"}  # in words, as they are drawn


def headings(told: TimeLine) -> Iterator[str]:
    """What the signs of this time line stand for."""
    yield WORDS["drawn_waits" if any(bar.kind == "wait" for bar in told.bars) else "time_line"]
    if told.lives:
        marks = ends(told.lives, ENDS)
        yield WORDS["drawn_life_ends" if marks else "drawn_life"].format(ends=marks)


def draw_time_line(drawing: Drawing, told: TimeLine) -> None:
    """Add `told` to the drawing, which goes on below it."""
    axis = TimeAxis(told)
    top = drawing.y
    for number, lane in enumerate(axis.lanes):
        drawing.y += 6 if number else 0
        (shown,) = wrapped(lane, int((LANES - CELL) / CELL), 1)
        drawing.text(MARGIN, drawing.y + LETTERS, shown, f"bold {thread_class('thread', number)}")
        for row in (row for row in axis.rows if row.lane == lane):
            _row(drawing, axis, row, number)
            drawing.y += ROW
    for seconds in _ticks(axis.seconds):
        x = _place(axis, seconds)
        drawing.rail(x, top, drawing.y + 4)
        drawing.text(x, drawing.y + 4 + LETTERS, f"{seconds:g}", "small dim", anchor="middle")
    drawing.text(END + 30, drawing.y + 4 + LETTERS, WORDS["seconds"], "small dim")
    drawing.y += ROW


def _row(drawing: Drawing, axis: TimeAxis, row: Row, number: int) -> None:
    y = drawing.y + (ROW - BAR) / 2 - 2
    (shown,) = wrapped(row.label, int((LABELS - CELL) / SMALL_CELL), 1)
    is_wait = row.bar is not None and row.bar.kind == "wait"
    drawing.text(MARGIN + LANES, drawing.y + LETTERS, shown, "small dim" if is_wait else "small")
    begin, end = _bar(drawing, axis, row.bar, y, number) if row.bar is not None else (END, 0.0)
    if row.life is not None:
        _life(drawing, axis, row.life, (begin, end), y + BAR / 2, number)
    if row.life is not None and row.life.end is not None and row.is_last:
        _end(drawing, row.life, _place(axis, row.life.end), y + BAR / 2, number)
    drawing.text(END + SPANS, drawing.y + LETTERS, axis.span(row), "small dim")


def _bar(drawing: Drawing, axis: TimeAxis, bar: Bar, y: float, number: int) -> tuple[float, float]:
    """Draw it; from where to where it goes."""
    begin = min(_place(axis, bar.start), END - NARROWEST)
    end = max(END if bar.end is None else _place(axis, bar.end), begin + NARROWEST)
    if bar.kind == "wait":
        drawing.path(_hatched(begin, y, end - begin, BAR), thread_class("hatch", number))
    else:
        drawing.rectangle(begin, y, end - begin, BAR, thread_class("bar", number))
    if bar.end is None:
        drawing.path(f"M{end:g} {y - 2:g}l8 {BAR / 2 + 2:g}l-8 {BAR / 2 + 2:g}z", thread_class("bar", number))
    return begin, end


def _life(  # noqa: PLR0913, PLR0917  # a line: on what, of what, beside what, where
    drawing: Drawing, axis: TimeAxis, life: Life, beside: tuple[float, float], y: float, number: int
) -> None:
    """A thin line from the making of the task to its end, but for the bar from `beside[0]` to `beside[1]`."""
    begin, end = _place(axis, life.start), END if life.end is None else _place(axis, life.end)
    before, after = min(beside[0], end), max(beside[1], begin)
    course = f"M{begin:g} {y - BAR / 4:g}v{BAR / 2:g}M{begin:g} {y:g}H{before:g}" if begin < before else ""
    course += f"M{after:g} {y:g}H{end:g}" if before < after < end else ""
    if course:
        drawing.path(course, thread_class("hatch", number))


def _end(drawing: Drawing, life: Life, x: float, y: float, number: int) -> None:
    """The mark of how a task ended, right behind its end."""
    match life.ended:
        case "returned":
            drawing.path(f"M{x + 3:g} {y - BAR / 2:g}v{BAR}", thread_class("hatch", number))
        case "cancelled":
            drawing.path(f"M{x + 3:g} {y - 4:g}l8 8m0 -8l-8 8", thread_class("hatch", number))
        case "raised":
            drawing.text(x + 3, y + LETTERS / 3, "!", "bold alert")


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
    for row in axis.rows:
        span = " ".join(axis.span(row).split())
        if row.bar is not None:
            yield WORDS["drawn_bar"].format(lane=row.lane, label=row.label, span=span)
        if row.life is not None and row.is_last:
            yield WORDS["drawn_task"].format(
                lane=row.lane,
                span=" ".join(axis.span(row._replace(bar=None)).split()),
                ended=WORDS[f"task_{row.life.ended or 'pending'}"],
            )
