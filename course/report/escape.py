r"""Text from students, made harmless: nothing in it can move the cursor, turn the reading direction or go on for ever.

What cannot be printed (control characters, bidi controls, lone surrogates, unusual blanks) becomes visible as `\x1b`
or `\u202e`; what is too long is cut. `harmless` does that for a whole result, so that no report has to think of it.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

from course.report.sinks import where_to_break
from course.report.visible import LIMIT, one_line, several_lines

ModelT = TypeVar("ModelT", bound=msgspec.Struct)

# Fields whose text may have several lines; everywhere else a line break is shown as `\n`.
SEVERAL_LINES = frozenset({"expected", "got", "problem", "reason"})
# The most characters of a field.
LIMITS = {
    "submission": 60,
    "columns": 40,
    "lane": 40,
    "who": 40,
    "thread": 40,
    "holder": 40,
    "holds": 40,
    "label": 60,
    "value": 60,
    "wants": 60,
    "waits": 60,
    "called": 60,
    "what": 100,
    "source": 160,
    "expected": 800,
    "got": 800,
    "token": 4000,  # half a token is none
}
# Our own signs for consoles whose encoding lacks them; a student's character that is missing becomes "?".
PLAIN = str.maketrans("✓✗·►█░─│┼╴╶╷╵…⋮", "vx.>#=-|+--||~:")


def harmless(model: ModelT) -> ModelT:
    """`model` with all its texts fit to be shown; the same again when it already was."""
    return msgspec.convert(_harmless(msgspec.to_builtins(model), ""), type(model))


def _harmless(value: Any, field: str) -> Any:
    if isinstance(value, str):
        most = LIMITS.get(field, LIMIT)
        return several_lines(value, most) if field in SEVERAL_LINES else one_line(value, most)
    if isinstance(value, dict):
        return {key: _harmless(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_harmless(inner, field) for inner in value]
    return value


def of_width(text: str, cells: int) -> str:
    """Cut or fill `text` to exactly `cells` of the terminal."""
    return set_cell_size(text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1)}…", cells)


class Whole:
    """Text that is never broken or cut, so that it can be copied: beside `head`, or below it where it is too long."""

    def __init__(self, head: str, text: str) -> None:
        self.head = head
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fits = cell_len(self.head) + cell_len(self.text) <= options.max_width
        yield Segment(self.head, Style(dim=True))
        if not fits:
            yield Segment.line()
        yield Segment(f"{self.text}\n")


class Tidy:
    """The parts below each other, without blanks at the ends of lines, and only in signs that the console has.

    Nothing is wider than the console but what is `Whole`; print it with `crop=False`. No line is a command to the
    runner of a workflow: only here is it known where lines begin.
    """

    def __init__(self, *parts: RenderableType) -> None:
        self.parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in (line for part in self.parts for line in _lines(part, console, options)):
            while line and not line[-1].text.strip():
                line.pop()
            shown = [_encodable(segment.text, console.encoding) for segment in line]
            shown[-1:] = [text.rstrip() for text in shown[-1:]]
            for (_, style, control), text in zip(line, _no_command(shown), strict=True):
                yield Segment(text, style, control)
            yield Segment.line()


def _lines(part: RenderableType, console: Console, options: ConsoleOptions) -> Iterable[list[Segment]]:
    if isinstance(part, Whole):
        return Segment.split_lines(console.render(part, options))
    return console.render_lines(part, options, pad=False)


def _no_command(texts: list[str]) -> list[str]:
    """The texts of one line, with blanks in them where it would be a command."""
    for place in reversed(where_to_break("".join(texts))):
        index, begin = 0, 0
        while begin + len(texts[index]) < place:
            begin += len(texts[index])
            index += 1
        texts[index] = f"{texts[index][: place - begin]} {texts[index][place - begin :]}"
    return texts


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, errors="replace").decode(encoding)
    return text
