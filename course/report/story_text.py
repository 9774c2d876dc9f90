"""The story of a failure in the terminal: what each thread did in which order, and the time line."""

from collections.abc import Iterator
from itertools import cycle

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.report.escape import of_width
from course.report.model import Bar, Interleaving, Life, Step, TimeLine
from course.report.sentences import WORDS, ends, note, skipped
from course.report.time_axis import Row, TimeAxis
from course.report.wrapping import Prose

TAKES_OVER = "►"
CALL, WAIT, LIFE = "█", "░", "·"
ENDS = {"returned": "│", "cancelled": "x", "raised": "!"}
THREADS = ("cyan", "magenta", "green", "yellow", "blue")
LANE, LABEL = 1 / 5, 2 / 5  # the most of the width that names may take beside a time line
NARROWEST_BARS = 8
ROOMY = 2  # with more columns than that, notes begin below the line number


def interleaving(told: Interleaving) -> Iterator[RenderableType]:
    """One column per thread; every row is a line of the student's in the column of the thread that executed it."""
    yield Text(WORDS["interleaving"].format(takes_over=TAKES_OVER), "dim italic")
    table = Table(box=box.MINIMAL, show_edge=False, pad_edge=False, border_style="dim")
    for name, colour in zip(told.columns, cycle(THREADS), strict=False):
        table.add_column(Text(name, f"bold {colour}", no_wrap=True, overflow="ellipsis"))
    digits = max(len(str(step.line)) for step in told.steps)
    indent = digits + 3 if len(told.columns) <= ROOMY else 2
    for index, step in enumerate(told.steps):
        if step.skipped:
            left_out = Padding(Text(skipped(step.skipped, first=index == 0), "dim"), (0, 0, 0, 2))
            table.add_row(left_out, *[Text("  ⋮", "dim")] * (len(told.columns) - 1))
        table.add_row(*[Text()] * step.column, _cell(step, digits, indent))
    yield table


def _cell(step: Step, digits: int, indent: int) -> RenderableType:
    """The student's line, cut where its column ends, and below it what there is to say, in as many lines as needed."""
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(TAKES_OVER if step.switch else " ", "bold yellow").append(f" {step.line:>{digits}} ", "dim")
    line.append(step.source, THREADS[step.column % len(THREADS)])
    below = note(step)
    return Group(line, Padding(Prose(below, "dim italic", overflow="fold"), (0, 0, 0, indent))) if below else line


def time_line(told: TimeLine) -> Iterator[RenderableType]:
    """The calls and waits over time: one row per bar, grouped by lane, on an axis as wide as there is room."""
    axis = TimeAxis(told)
    title = WORDS["time_line_with_waits" if axis.has_waits else "time_line"].format(call=CALL, wait=WAIT)
    yield Text(title, "dim italic")
    if told.lives:
        marks = ends(told.lives, ENDS)
        yield Text(WORDS["task_life_ends" if marks else "task_life"].format(ends=marks), "dim italic")
    yield _Bars(axis)


class _Bars:
    def __init__(self, axis: TimeAxis) -> None:
        self.axis = axis
        self.colours = dict(zip(axis.lanes, cycle(THREADS), strict=False))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = self.axis.rows
        lane = min(max(cell_len(row.lane) for row in rows), int(options.max_width * LANE))
        name = min(max(cell_len(row.label) for row in rows), int(options.max_width * LABEL))
        spans = [self.axis.span(row) for row in rows]
        past_end = int(any(row.life is not None for row in rows))  # room for the mark of a task that ends last
        width = max(options.max_width - lane - name - max(map(cell_len, spans)) - past_end - 6, NARROWEST_BARS)
        for row, span in zip(rows, spans, strict=True):
            names = f"{of_width(row.lane, lane)}  {of_width(row.label, name)}  "
            drawn = "".join(self._drawn(row, width)[: width + past_end])
            yield Text.assemble(names, (drawn, self.colours[row.lane]), (f"  {span}", "dim"))
        begin, end = self.axis.time(0.0), self.axis.time(self.axis.seconds)
        yield Text(f"{' ' * (lane + name + 4)}{begin} {end:─>{width - len(begin) - 1}}", "dim")

    def _drawn(self, row: Row, width: int) -> list[str]:
        """The cells of a row: the life of the task, upon it the bar, and at the end of both how the task ended."""
        cells = [" "] * (width + 1)
        if row.life is not None:
            begin, end = self._cells(row.life, width)
            cells[begin:end] = LIFE * (end - begin)
        if row.bar is not None:
            begin, end = self._cells(row.bar, width)
            cells[begin:end] = (WAIT if row.bar.kind == "wait" else CALL) * (end - begin)
            if row.bar.end is None:
                cells[end - 1] = TAKES_OVER
        if row.life is not None and row.life.ended and row.is_last:
            cells[self._cells(row.life, width)[1]] = ENDS[row.life.ended]
        return cells

    def _cells(self, stretch: Bar | Life, width: int) -> tuple[int, int]:
        """The first cell of a stretch, and the one after its last; there is one at least."""
        start = min(round(stretch.start / self.axis.seconds * width), width - 1)
        if stretch.end is None:
            return start, width
        return start, max(round(stretch.end / self.axis.seconds * width), start + 1)
