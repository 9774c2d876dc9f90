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
from course.report.model import Bar, Interleaving, Step, TimeLine
from course.report.sentences import WORDS, label, note, skipped
from course.report.time_axis import TimeAxis

TAKES_OVER = "►"
CALL, WAIT = "█", "░"
THREADS = ("cyan", "magenta", "green", "yellow", "blue")
LANE, LABEL = 1 / 5, 1 / 3  # the most of the width that names may take beside a time line
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
    return Group(line, Padding(Text(below, "dim italic", overflow="fold"), (0, 0, 0, indent))) if below else line


def time_line(told: TimeLine) -> Iterator[RenderableType]:
    """The calls and waits over time: one row per bar, grouped by lane, on an axis as wide as there is room."""
    axis = TimeAxis(told)
    title = WORDS["time_line_with_waits" if axis.has_waits else "time_line"].format(call=CALL, wait=WAIT)
    yield Text(title, "dim italic")
    yield _Bars(axis)


class _Bars:
    def __init__(self, axis: TimeAxis) -> None:
        self.axis = axis
        self.colours = dict(zip(axis.lanes, cycle(THREADS), strict=False))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bars = self.axis.bars
        lane = min(max(cell_len(bar.lane) for bar in bars), int(options.max_width * LANE))
        name = min(max(cell_len(label(bar)) for bar in bars), int(options.max_width * LABEL))
        spans = [self.axis.span(bar) for bar in bars]
        width = max(options.max_width - lane - name - max(map(cell_len, spans)) - 6, NARROWEST_BARS)
        for bar, span in zip(bars, spans, strict=True):
            names = f"{of_width(bar.lane, lane)}  {of_width(label(bar), name)}  "
            yield Text.assemble(names, (self._drawn(bar, width), self.colours[bar.lane]), (f"  {span}", "dim"))
        begin, end = self.axis.time(0.0), self.axis.time(self.axis.seconds)
        yield Text(f"{' ' * (lane + name + 4)}{begin} {end:─>{width - len(begin) - 1}}", "dim")

    def _drawn(self, bar: Bar, width: int) -> str:
        seconds = self.axis.seconds
        start = min(round(bar.start / seconds * width), width - 1)
        end = width if bar.end is None else max(round(bar.end / seconds * width), start + 1)
        drawn = (WAIT if bar.kind == "wait" else CALL) * (end - start)
        return (" " * start + (drawn if bar.end is not None else f"{drawn[1:]}{TAKES_OVER}")).ljust(width)
