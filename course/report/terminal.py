"""The report of one submission for the terminal: what a student or an instructor reads.

All fixed words stand in `terminal.toml`. Text from students comes in through `harmless` only.
"""

import math
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import cycle
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from course.report.escape import Tidy, harmless, of_width
from course.report.model import Bar, CheckResult, Failure, Interleaving, LessonResult, Result, SpeedUp, Status, TimeLine
from course.report.sentences import WORDS, note, skipped

NAMES = max(cell_len(WORDS[part]) for part in ("expected", "got", "why", "look_at", "diagnosis", "hint"))
WIDTH = 100  # where there is no terminal
WIDEST = 120  # longer lines are hard to read
MARKS: dict[Status, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "not_reached": ("·", "dim"),
    "broken": ("!", "bold magenta"),
}
TAKES_OVER = "►"
THREADS = ("cyan", "magenta", "green", "yellow", "blue")
LANE, LABEL = 1 / 5, 1 / 3  # the most of the width that names may take beside a time line
NARROWEST_BARS = 8


def report_console(file: TextIO) -> Console:
    """Make a console for `file`: as wide as the terminal, `WIDTH` wide and without colour when it is none."""
    return Console(file=file, width=None if file.isatty() else WIDTH)


def print_report(result: Result, console: Console) -> None:
    """Print the whole report: points, the table of lessons, and what was lost and why."""
    result = harmless(result)
    console.print(Tidy(*_report(result)), width=min(console.width, WIDEST))


def table_text(result: Result) -> str:
    """Write the table of lessons as plain text."""
    return _plain_text(*_table(harmless(result)))


def failure_text(failure: Failure) -> str:
    """Write why a check has failed, as plain text: expected, got, why, where to look, and the evidence."""
    return _plain_text(*_failure(harmless(failure)))


def _plain_text(*parts: RenderableType) -> str:
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(Tidy(*parts))
    return capture.get().rstrip("\n")


def _report(result: Result) -> Iterator[RenderableType]:
    yield from _header(result)
    yield Text()
    yield from _table(result)
    for lesson in result.lessons:
        if _has_losses(lesson):
            yield from _lesson(lesson)
    if result.lessons and not any(_has_losses(lesson) for lesson in result.lessons):
        yield Text()
        yield Text(f"✓ {WORDS['all_right'].format(max_points=result.max_points)}", "bold green")
    if result.notes:
        yield Text()
        yield _rows((WORDS["note"], Text(note)) for note in result.notes)


def _has_losses(lesson: LessonResult) -> bool:
    return bool(lesson.problem) or any(check.status != "passed" for check in lesson.checks)


def _header(result: Result) -> Iterator[RenderableType]:
    points = WORDS["points"].format(points=result.points, max_points=result.max_points)
    yield Text.assemble((result.submission, "bold"), "   ", (points, f"bold {_out_of(result).style}"))
    graded = WORDS["graded"].format(
        seconds=result.seconds, python=result.python, graded_at=result.graded_at, isolation=result.isolation
    )
    yield Text(graded, "dim")


def _table(result: Result) -> Iterator[RenderableType]:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, show_footer=True, border_style="dim")
    table.header_style, table.footer_style = "dim", "bold"
    table.add_column(WORDS["lesson"], no_wrap=True, overflow="ellipsis")
    table.add_column(WORDS["title"], footer=WORDS["total"])
    table.add_column(WORDS["points_column"], no_wrap=True, justify="right", footer=_out_of(result))
    table.add_column(WORDS["checks"], no_wrap=True)
    if any(lesson.speed_up for lesson in result.lessons):
        table.add_column(WORDS["speed_up"], min_width=24)
    for lesson in result.lessons:
        speed_up = Text(_speed_up(lesson.speed_up), "dim") if lesson.speed_up else Text()
        cells = [Text(lesson.lesson), Text(lesson.title), _out_of(lesson), _marks(lesson.checks), speed_up]
        table.add_row(*cells[: len(table.columns)])
    yield from (table, Text(), _legend(result))


def _out_of(points: Result | LessonResult) -> Text:
    style = "green" if points.points == points.max_points else "yellow" if points.points else "red"
    return Text(f"{points.points}/{points.max_points}", style)


def _marks(checks: Iterable[CheckResult]) -> Text:
    """One mark per check, with a gap between the groups."""
    marks, group = Text(), ""
    for check in checks:
        if group not in ("", check.group):
            marks.append(" ")
        marks.append(*MARKS[check.status])
        group = check.group
    return marks


def _legend(result: Result) -> Text:
    used = {check.status for lesson in result.lessons for check in lesson.checks}
    marks = [Text.assemble(mark, f" {WORDS[status]}") for status, mark in MARKS.items() if status in used]
    return Text("   ", "dim").join(marks)


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}"


def _speed_up(speed_up: SpeedUp) -> str:
    has_reference = speed_up.kind == "measured" and speed_up.reference
    return WORDS["measured_reference" if has_reference else speed_up.kind].format(
        sequential=_seconds(speed_up.sequential),
        concurrent=_seconds(speed_up.concurrent),
        ratio=speed_up.sequential / (speed_up.concurrent or math.nan),
        reference_ratio=speed_up.sequential / (speed_up.reference or math.nan),
    )


def _lesson(lesson: LessonResult) -> Iterator[RenderableType]:
    title = Text.assemble((lesson.lesson, "bold"), "  ", lesson.title, "  ", _out_of(lesson))
    yield Text()
    yield Rule(title, align="left", style="dim")
    if lesson.problem:
        yield Text()
        yield _marked("failed", Text(lesson.problem, "bold"))
    for status in ("failed", "broken"):
        for check in (check for check in lesson.checks if check.status == status):
            yield Text()
            yield _promise(check)
            yield Padding(Group(*_details(check)), (0, 0, 0, 4))
    yield from _not_reached(lesson)


def _marked(status: Status, *cells: RenderableType) -> Table:
    """Begin a row with the mark of `status`; the second cell stands at the right."""
    row = Table.grid(expand=True, padding=(0, 1, 0, 0), pad_edge=False)
    row.add_column(no_wrap=True)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(no_wrap=True, justify="right")
    row.add_row(Text.assemble(MARKS[status]), *cells)
    return row


def _promise(check: CheckResult) -> Table:
    lost = WORDS["points_lost" if check.status == "failed" else "points_open"].format(
        points=check.max_points - check.points
    )
    says = Text.assemble((check.says, "bold"), (f"\n{check.id}", "dim"))
    return _marked(check.status, says, Text(lost, MARKS[check.status][1]))


def _details(check: CheckResult) -> Iterator[RenderableType]:
    if check.status == "broken":
        yield Text(WORDS["could_not_work"].format(reason=check.reason), MARKS["broken"][1])
        yield Text(WORDS["not_your_fault"])
    elif check.failure:
        yield from _failure(check.failure)


def _not_reached(lesson: LessonResult) -> Iterator[RenderableType]:
    """One line for all the checks that were not reached for the same reason."""
    by_reason: dict[str, list[str]] = {}
    for check in lesson.checks:
        if check.status == "not_reached":
            by_reason.setdefault(check.reason, []).append(check.id)
    for reason, checks in by_reason.items():
        why = _why_not_reached(lesson, reason, len(checks))
        words = WORDS["not_reached_because" if why else "not_reached_checks"]
        yield Text()
        yield _marked("not_reached", Text(words.format(checks=", ".join(checks), reason=why), "dim"))


def _why_not_reached(lesson: LessonResult, reason: str, checks: int) -> str:
    """Say in brackets which checks come first, or the reason unless it is the lesson's problem."""
    if reason == lesson.problem:
        return ""
    first = [check.id for check in lesson.checks if check.group == "correctness" and check.status != "passed"]
    if first and all(check in reason for check in first):
        return WORDS["it_comes_after" if checks == 1 else "they_come_after"].format(first=", ".join(first))
    return reason


def _failure(failure: Failure) -> Iterator[RenderableType]:
    yield _rows(_sentences(failure))
    if failure.interleaving and failure.interleaving.steps:
        yield Text()
        yield from _interleaving(failure.interleaving)
    if failure.time_line and failure.time_line.bars:
        yield Text()
        yield Text(WORDS["time_line"], "dim italic")
        yield _Bars(failure.time_line)


def _sentences(failure: Failure) -> Iterator[tuple[str, Text]]:
    yield WORDS["expected"], Text(failure.expected, "green")
    yield WORDS["got"], Text(failure.got, "red")
    yield WORDS["why"], Text(failure.why)
    if failure.look_at:
        place = f"{failure.look_at.file}:{failure.look_at.line}"
        yield WORDS["look_at"], Text.assemble((place, "bold"), "   ", failure.look_at.source)
    if failure.diagnosis:
        yield WORDS["diagnosis"], Text.assemble((failure.diagnosis.name, "bold"), f" - {failure.diagnosis.text}")
    yield WORDS["hint"], Text(failure.hint)


def _rows(rows: Iterable[tuple[str, Text]]) -> Table:
    """Words at the left, what they name at the right; long text stays in its column."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="dim", no_wrap=True, min_width=NAMES)
    table.add_column(overflow="fold")
    for word, text in rows:
        table.add_row(word, text)
    return table


def _interleaving(told: Interleaving) -> Iterator[RenderableType]:
    """One column per thread; every row is a line of the student's in the column of the thread that executed it."""
    yield Text(WORDS["interleaving"].format(takes_over=TAKES_OVER), "dim italic")
    table = Table(box=box.MINIMAL, show_edge=False, pad_edge=False, border_style="dim")
    for name, colour in zip(told.columns, cycle(THREADS), strict=False):
        table.add_column(Text(name, f"bold {colour}", no_wrap=True, overflow="ellipsis"))
    digits = max(len(str(step.line)) for step in told.steps)
    for index, step in enumerate(told.steps):
        if step.skipped:
            left_out = Text(f"  {skipped(step.skipped, first=index == 0)}", "dim")
            table.add_row(left_out, *[Text("  ⋮", "dim")] * (len(told.columns) - 1))
        cell = Text(no_wrap=True, overflow="ellipsis")  # columns that may wrap shrink evenly; their text is cut
        cell.append(TAKES_OVER if step.switch else " ", "bold yellow").append(f" {step.line:>{digits}} ", "dim")
        cell.append(step.source, THREADS[step.column % len(THREADS)])
        cell.append(f"\n{' ' * (digits + 3)}{note(step)}" if note(step) else "", "dim italic")
        table.add_row(*[Text()] * step.column, cell)
    yield table


class _Bars:
    """A time line: one row per bar, grouped by lane, on an axis as wide as there is room."""

    def __init__(self, time_line: TimeLine) -> None:
        lanes = list(dict.fromkeys(bar.lane for bar in time_line.bars))
        self.bars = sorted(time_line.bars, key=lambda bar: (lanes.index(bar.lane), bar.start))
        self.colours = dict(zip(lanes, cycle(THREADS), strict=False))
        self.seconds = max(time_line.seconds, *(bar.end or bar.start for bar in self.bars)) or 1.0
        times = [self.seconds, *(time for bar in self.bars for time in (bar.start, bar.end or 0.0))]
        self.decimals = next((n for n in (1, 2) if all(abs(round(time, n) - time) < 1e-6 for time in times)), 3)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lane = min(max(cell_len(bar.lane) for bar in self.bars), int(options.max_width * LANE))
        label = min(max(cell_len(bar.label) for bar in self.bars), int(options.max_width * LABEL))
        spans = [self._span(bar) for bar in self.bars]
        width = max(options.max_width - lane - label - max(map(cell_len, spans)) - 6, NARROWEST_BARS)
        for bar, span in zip(self.bars, spans, strict=True):
            names = f"{of_width(bar.lane, lane)}  {of_width(bar.label, label)}  "
            yield Text.assemble(names, (self._drawn(bar, width), self.colours[bar.lane]), (f"  {span}", "dim"))
        end = self._time(self.seconds)
        yield Text(f"{' ' * (lane + label + 4)}{self._time(0.0)} {end:─>{width - len(self._time(0.0)) - 1}}", "dim")

    def _drawn(self, bar: Bar, width: int) -> str:
        start = min(round(bar.start / self.seconds * width), width - 1)
        end = width if bar.end is None else max(round(bar.end / self.seconds * width), start + 1)
        drawn = "█" * (end - start)
        return (" " * start + (drawn if bar.end is not None else f"{drawn[1:]}►")).ljust(width)

    def _span(self, bar: Bar) -> str:
        start = self._time(bar.start).rjust(len(self._time(self.seconds)))
        if bar.end is None:
            return WORDS["not_ended"].format(start=start)
        return WORDS["span"].format(start=start, end=self._time(bar.end).rjust(len(start)))

    def _time(self, seconds: float) -> str:
        return f"{seconds:.{self.decimals}f}"
