"""The report of one submission for the terminal: what a student or an instructor reads.

All fixed words stand in `terminal.toml`. Text from students comes in through `harmless` only.
"""

import math
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from course.language import speaking
from course.report import sentences, story_text
from course.report.escape import Tidy, Whole, harmless, of_width
from course.report.model import CheckResult, Failure, LessonResult, Result, SpeedUp, Status
from course.report.sentences import WORDS
from course.report.wrapping import Prose

PARTS = ("expected", "got", "why", "look_at", "diagnosis", "hint", "deadlock", "data_race", "again")
FACTS = ("expected", "got")
WIDTH = 100  # where there is no terminal
WIDEST = 120  # longer lines are hard to read
MARKS: dict[Status, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "not_reached": ("·", "dim"),
    "broken": ("!", "bold magenta"),
}
INDENT = 4  # of what there is to say about a check


def report_console(file: TextIO) -> Console:
    """Make a console for `file`: as wide as the terminal, `WIDTH` wide and without colour when it is none."""
    return Console(file=file, width=None if file.isatty() else WIDTH)


def print_report(result: Result, console: Console) -> None:
    """Print the whole report, in its language: points, the table of lessons, and what was lost and why."""
    result = harmless(result)
    with speaking(result.language):
        _print(console, *_report(result))


def print_replay(says: str, failure: Failure | None, console: Console, *, followed: bool = True) -> None:
    """Print what came of one check, which promises `says`, under one schedule: its failure, or that it passed.

    `followed` is False when the code has changed so that it could not go that way.
    """
    if failure is None:
        words = WORDS["replay_passed" if followed else "replay_moved"]
        _print(console, _marked("passed", Prose(says, "bold")), Text(f"  {words}"))
        return
    _print(console, _marked("failed", Prose(says, "bold")), *_failure(harmless(failure), INDENT))


def table_text(result: Result) -> str:
    """Write the table of lessons as plain text, in the language of the result."""
    with speaking(result.language):
        return _plain_text(*_table(harmless(result)))


def failure_text(failure: Failure) -> str:
    """Write why a check has failed, as plain text: expected, got, why, where to look, and the evidence."""
    return _plain_text(*_failure(harmless(failure)))


def facts_text(failure: Failure, width: int = WIDTH) -> str:
    """Write what was expected and what was got, and the deadlock or data race in it, as plain text."""
    return _plain_text(_rows(_facts(harmless(failure)), _width_of(FACTS)), width=width)


def evidence_text(failure: Failure, width: int = WIDTH) -> str:
    """Write the order of steps and the time line as plain text; "" when there is neither."""
    parts = list(_evidence(harmless(failure)))
    return _plain_text(*parts[1:], width=width)


def _plain_text(*parts: RenderableType, width: int = WIDTH) -> str:
    console = Console(file=StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        _print(console, *parts)
    return capture.get().rstrip("\n")


def _print(console: Console, *parts: RenderableType) -> None:
    console.print(Tidy(*parts), width=min(console.width, WIDEST), crop=False)


def _report(result: Result) -> Iterator[RenderableType]:
    yield from _header(result)
    yield Text()
    yield from _table(result)
    for lesson in result.lessons:
        if _has_losses(lesson):
            yield from _lesson(lesson)
    if result.lessons and all(lesson.begun and not _has_losses(lesson) for lesson in result.lessons):
        yield Text()
        yield Prose(f"✓ {WORDS['all_right'].format(max_points=result.max_points)}", "bold green")
    if result.notes:
        yield Text()
        yield _rows((WORDS["note"], Prose(note)) for note in result.notes)


def _has_losses(lesson: LessonResult) -> bool:
    return lesson.begun and (bool(lesson.problem) or any(check.status != "passed" for check in lesson.checks))


def _header(result: Result) -> Iterator[RenderableType]:
    points = WORDS["points"].format(points=result.points, max_points=result.max_points)
    yield Text.assemble((result.submission, "bold"), "   ", (points, f"bold {_out_of(result).style}"))
    graded = WORDS["graded"].format(
        seconds=result.seconds, python=result.python, graded_at=result.graded_at, isolation=result.isolation
    )
    yield Prose(graded, "dim")


def _table(result: Result) -> Iterator[RenderableType]:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, show_footer=True, border_style="dim")
    table.header_style, table.footer_style = "dim", "bold"
    table.add_column(WORDS["lesson"], no_wrap=True, overflow="ellipsis")
    table.add_column(WORDS["title"], footer=WORDS["total"])
    table.add_column(WORDS["points_column"], no_wrap=True, justify="right", footer=_out_of(result))
    table.add_column(WORDS["checks"], no_wrap=True)
    if any(lesson.speed_up for lesson in result.lessons):
        table.add_column(WORDS["speed_up"], min_width=16)
    for lesson in result.lessons:
        speed_up = Text(speed_up_text(lesson.speed_up), "dim") if lesson.speed_up else Text()
        cells = [Text(lesson.lesson), Text(lesson.title), _out_of(lesson), _marks(lesson.checks), speed_up]
        table.add_row(*cells[: len(table.columns)])
    yield from (table, Text(), _legend(result))
    for part in (_held(result), *_noticed(result)):
        if part:
            yield Prose(part, "dim")
    for lesson in result.lessons:
        for note in lesson.notes:
            yield Prose(sentences.noted(lesson.lesson, note), "yellow" if note.kind == "reaches" else "dim")


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


def _held(result: Result) -> str:
    """How far the passed checks have looked; only simulated ones have looked at schedules."""
    checks = (check for lesson in result.lessons for check in lesson.checks if check.status == "passed")
    return sentences.held([check.explored for check in checks if check.explored])


def _noticed(result: Result) -> Iterator[str]:
    """Data races that cost nothing."""
    for lesson in result.lessons:
        for race in lesson.races:
            yield WORDS["noticed"].format(lesson=lesson.lesson, race=sentences.race(race))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}"


def speed_up_text(speed_up: SpeedUp) -> str:
    """Say how much faster the lesson's code is than one call after another."""
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
        yield _marked("failed", Prose(lesson.problem, "bold"))
    for check in lesson.checks:
        if check.status == "failed":
            yield Text()
            yield _promise(check)
            yield from _failure(check.failure, INDENT) if check.failure else ()
    yield from _broken(lesson)
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
    lost = WORDS["points_lost"].format(points=check.max_points - check.points)
    says = Prose.assemble((check.says, "bold"), (f"\n{check.id}", "dim"))
    return _marked(check.status, says, Text(lost, MARKS[check.status][1]))


def _broken(lesson: LessonResult) -> Iterator[RenderableType]:
    """One sentence for all the checks that the grader could not do for the same reason."""
    for reason, checks in _by_reason(lesson, "broken").items():
        says = Prose.assemble((reason, "bold"), (f"\n{', '.join(check.id for check in checks)}", "dim"))
        points = WORDS["points_open"].format(points=sum(check.max_points for check in checks))
        yield Text()
        yield _marked("broken", says, Text(points, MARKS["broken"][1]))
        yield Padding(Prose(WORDS["not_your_fault"]), (0, 0, 0, INDENT))


def _not_reached(lesson: LessonResult) -> Iterator[RenderableType]:
    """One line for all the checks that were not reached for the same reason."""
    for reason, checks in _by_reason(lesson, "not_reached").items():
        why = _why_not_reached(lesson, reason, len(checks))
        words = WORDS["not_reached_because" if why else "not_reached_checks"]
        names = ", ".join(check.id for check in checks)
        yield Text()
        yield _marked("not_reached", Prose(words.format(checks=names, reason=why), "dim"))


def _by_reason(lesson: LessonResult, status: Status) -> dict[str, list[CheckResult]]:
    found: dict[str, list[CheckResult]] = {}
    for check in lesson.checks:
        if check.status == status:
            found.setdefault(check.reason, []).append(check)
    return found


def _why_not_reached(lesson: LessonResult, reason: str, checks: int) -> str:
    """Say in brackets which checks come first, or the reason unless it is the lesson's problem."""
    if reason == lesson.problem:
        return ""
    first = [check.id for check in lesson.checks if check.group == "correctness" and check.status != "passed"]
    if first and all(check in reason for check in first):
        return WORDS["it_comes_after" if checks == 1 else "they_come_after"].format(first=", ".join(first))
    return reason


def _failure(failure: Failure, indent: int = 0) -> Iterator[RenderableType]:
    """What was expected and what was got, how to see it again, and the story of it."""
    parts: list[RenderableType] = [_rows(_sentences(failure))]
    if failure.token:
        replay = WORDS["replay"].format(token=failure.token)
        parts.append(Whole(f"{' ' * indent}{of_width(WORDS['again'], _width_of(PARTS) + 2)}", replay))
    for part in (*parts, *_evidence(failure)):
        yield part if isinstance(part, Whole) else Padding(part, (0, 0, 0, indent))


def _evidence(failure: Failure) -> Iterator[RenderableType]:
    """The story of a failure, each part of it after an empty line."""
    if failure.interleaving and failure.interleaving.steps:
        yield from (Text(), *story_text.interleaving(failure.interleaving))
    if failure.time_line and failure.time_line.bars:
        yield from (Text(), *story_text.time_line(failure.time_line))


def _sentences(failure: Failure) -> Iterator[tuple[str, Text]]:
    yield from _facts(failure)
    yield WORDS["why"], Prose(failure.why)
    if failure.look_at:
        place = f"{failure.look_at.file}:{failure.look_at.line}"
        yield WORDS["look_at"], Text.assemble((place, "bold"), "   ", failure.look_at.source)
    if failure.diagnosis:
        text = WORDS["diagnosis_text"].format(text=failure.diagnosis.text)
        yield WORDS["diagnosis"], Prose.assemble((failure.diagnosis.name, "bold"), text)
    yield WORDS["hint"], Prose(failure.hint)


def _facts(failure: Failure) -> Iterator[tuple[str, Text]]:
    """What was seen: all that may hold a student's text."""
    yield WORDS["expected"], Prose(failure.expected, "green")
    yield WORDS["got"], Prose(failure.got, "red")
    noticed = (
        *sentences.named("deadlock", sentences.deadlock(failure.stuck)),
        *sentences.named("data_race", map(sentences.race, failure.races)),
    )
    yield from ((word, Prose(sentence)) for word, sentence in noticed)


def _width_of(names: Iterable[str]) -> int:
    return max(cell_len(WORDS[name]) for name in names)


def _rows(rows: Iterable[tuple[str, Text]], width: int | None = None) -> Table:
    """Words at the left, what they name at the right; long text stays in its column."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="dim", no_wrap=True, min_width=_width_of(PARTS) if width is None else width)
    table.add_column(overflow="fold")
    for word, text in rows:
        table.add_row(word, text)
    return table
