"""What happened, as a picture: SVG that stands alone, for light and for dark, and with words for those who hear it.

Text from students comes in through `harmless` only.
"""

from collections.abc import Iterator

from course.report import sentences
from course.report.escape import harmless
from course.report.model import Failure, Interleaving, TimeLine
from course.report.sentences import WORDS
from course.report.svg_drawing import CELL, LETTERS, MARGIN, SMALL, SMALL_CELL, WIDTH, Drawing, wrapped
from course.report.svg_interleaving import describe_interleaving, draw_interleaving
from course.report.svg_time_line import describe_time_line, draw_time_line, headings

NAMES = 90  # the room for the names of rows
LEADING = 18
BETWEEN = 16  # between the rows and a drawing


def interleaving_svg(interleaving: Interleaving) -> str:
    """Draw what each thread did, in order."""
    told, drawing = harmless(interleaving), Drawing()
    if told.steps:
        draw_interleaving(drawing, told)
    return drawing.svg(_interleaving_title(told), describe_interleaving(told))


def time_line_svg(time_line: TimeLine) -> str:
    """Draw the calls and waits over virtual time."""
    told, drawing = harmless(time_line), Drawing()
    if told.bars:
        draw_time_line(drawing, told)
    return drawing.svg(_time_line_title(told), describe_time_line(told))


def failure_svg(failure: Failure) -> str:
    """Draw what was expected and what was got instead, and the story of it."""
    told, drawing = harmless(failure), Drawing()
    for name, words in _rows(told):
        _draw_row(drawing, name, words)
    if told.interleaving and told.interleaving.steps:
        _draw_heading(drawing, WORDS["drawn_order"])
        draw_interleaving(drawing, told.interleaving)
    if told.time_line and told.time_line.bars:
        _draw_heading(drawing, *headings(told.time_line))
        draw_time_line(drawing, told.time_line)
    return drawing.svg(WORDS["drawn_failure"].format(expected=told.expected, got=told.got), _described(told))


def _rows(failure: Failure) -> Iterator[tuple[str, str]]:
    """Name ("" where it is that of the row above), and words."""
    yield WORDS["expected"], failure.expected
    yield WORDS["got"], failure.got
    yield from sentences.named("deadlock", sentences.deadlock(failure.stuck))
    yield from sentences.named("data_race", map(sentences.race, failure.races))
    if failure.diagnosis:
        words = WORDS["drawn_diagnosis"].format(name=failure.diagnosis.name, text=failure.diagnosis.text)
        yield WORDS["diagnosis"], words
    if failure.token:
        yield WORDS["again"], WORDS["replay"].format(token=failure.token)


def _draw_row(drawing: Drawing, name: str, words: str) -> None:
    classes = "alert" if name == WORDS["got"] else ""
    drawing.text(MARGIN, drawing.y + LETTERS, name, "dim")
    for line in wrapped(words, int((WIDTH - 2 * MARGIN - NAMES) / CELL)):
        drawing.text(MARGIN + NAMES, drawing.y + LETTERS, line, classes)
        drawing.y += LEADING


def _draw_heading(drawing: Drawing, *words: str) -> None:
    drawing.y += BETWEEN
    for line in wrapped("\n".join(words), int((WIDTH - 2 * MARGIN) / SMALL_CELL)):
        drawing.text(MARGIN, drawing.y + SMALL, line, "small dim")
        drawing.y += LEADING


def _described(failure: Failure) -> Iterator[str]:
    for name, words in _rows(failure):
        yield f"{name}: {words}" if name else words
    if failure.interleaving:
        yield _interleaving_title(failure.interleaving)
        yield from describe_interleaving(failure.interleaving)
    if failure.time_line:
        yield _time_line_title(failure.time_line)
        yield from describe_time_line(failure.time_line)


def _interleaving_title(told: Interleaving) -> str:
    return WORDS["drawn_interleaving"].format(columns=WORDS["and"].join(told.columns))


def _time_line_title(told: TimeLine) -> str:
    lanes = dict.fromkeys(bar.lane for bar in told.bars)
    return WORDS["drawn_time_line"].format(lanes=WORDS["and"].join(lanes))
