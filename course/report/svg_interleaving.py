"""An interleaving as a drawing: a rail per thread, downwards in time, with the student's lines beside it."""

from collections.abc import Iterator

from course.report.model import Interleaving, Step
from course.report.sentences import WORDS, ended, note, seen, skipped
from course.report.svg_drawing import (
    CELL,
    LETTERS,
    MARGIN,
    SMALL,
    SMALL_CELL,
    WIDTH,
    Drawing,
    thread_class,
    wrapped,
)

RAIL = 8  # from the left edge of a column to its rail
LINES = 22  # ... and to its text
GAP = 12  # between two steps
TURN = 26  # between two steps of different threads: there the arrow runs
LEADING, SMALL_LEADING = 17, 14
MOST_LINES = 3  # of one line of code


class _Columns:
    """Where the columns stand, and how much text they hold."""

    def __init__(self, told: Interleaving) -> None:
        self.width = (WIDTH - 2 * MARGIN) / len(told.columns)
        self.numbers = max(len(str(step.line)) for step in told.steps) + 1
        self.cells = max(int((self.width - LINES - RAIL) / CELL) - self.numbers, 6)
        self.small_cells = max(int((self.width - LINES - RAIL - self.numbers * CELL) / SMALL_CELL), 8)

    def rail(self, column: int) -> float:
        return MARGIN + column * self.width + RAIL

    def numbered(self, column: int) -> float:
        return MARGIN + column * self.width + LINES

    def text(self, column: int) -> float:
        return self.numbered(column) + self.numbers * CELL


def draw_interleaving(drawing: Drawing, told: Interleaving) -> None:
    """Add `told` to the drawing, which goes on below it."""
    columns = _Columns(told)
    for index, name in enumerate(told.columns):
        (shown,) = wrapped(name, columns.cells + columns.numbers, 1)
        drawing.text(columns.rail(index) - 4, drawing.y + LETTERS, shown, f"bold {thread_class('thread', index)}")
    top = drawing.y = drawing.y + LETTERS + 8
    stuck: dict[int, float] = {}
    before: Step | None = None
    for step in told.steps:
        if step.skipped:
            _skip(drawing, columns, step, first=before is None)
        _turn(drawing, columns, before, step)
        stuck.pop(step.column, None)
        _step(drawing, columns, step)
        if step.for_ever:
            stuck[step.column] = drawing.y
        before = step
    drawing.y += GAP
    for index in range(len(told.columns)):
        drawing.rail(columns.rail(index), top, drawing.y)
    for column, begin in stuck.items():
        drawing.rail(columns.rail(column), begin, drawing.y, "stuck")


def _skip(drawing: Drawing, columns: _Columns, step: Step, *, first: bool) -> None:
    drawing.y += 4 if first else GAP
    words = skipped(step.skipped, first=first)
    drawing.text(columns.numbered(0), drawing.y + SMALL, words, "small dim")
    drawing.y += SMALL


def _turn(drawing: Drawing, columns: _Columns, before: Step | None, step: Step) -> None:
    """An arrow from the rail of the thread before to that of the next; only its head where the one before is unseen."""
    to, begin = columns.rail(step.column), drawing.y
    drawing.y += TURN if step.switch else GAP if before is not None or step.skipped else 6
    if not step.switch:
        return
    end = drawing.y - 6
    if before is not None and not step.skipped and before.column != step.column:
        drawing.path(f"M{columns.rail(before.column):g} {begin:g}V{begin + TURN / 2:g}H{to:g}V{end:g}", "arrow")
    drawing.path(f"M{to - 5:g} {end:g}h10l-5 7z", "head")


def _step(drawing: Drawing, columns: _Columns, step: Step) -> None:
    top, x = drawing.y, columns.text(step.column)
    drawing.text(columns.numbered(step.column), top + LETTERS, f"{step.line:>{columns.numbers - 1}}", "dim")
    drawing.y += LETTERS - LEADING
    for line in wrapped(step.source, columns.cells, MOST_LINES):
        drawing.y += LEADING
        drawing.text(x, drawing.y, line, thread_class("thread", step.column))
    urgent = "small alert" if step.stopped or step.for_ever else "small dim"
    for words, classes in ((seen(step), "small dim"), (ended(step), urgent)):
        for line in wrapped(words, columns.small_cells) if words else ():
            drawing.y += SMALL_LEADING
            drawing.text(x, drawing.y, line, classes)
    drawing.y += 4
    rail = columns.rail(step.column)
    drawing.path(f"M{rail:g} {top + 1:g}V{drawing.y:g}", thread_class("active", step.column))


def describe_interleaving(told: Interleaving) -> Iterator[str]:
    """The same in words."""
    for index, step in enumerate(told.steps):
        if step.skipped:
            yield skipped(step.skipped, first=index == 0)
        form = "drawn_step_with_note" if note(step) else "drawn_step"
        yield WORDS[form].format(column=told.columns[step.column], line=step.line, source=step.source, note=note(step))
