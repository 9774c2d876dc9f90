r"""Text from students, made harmless: nothing in it can move the cursor, turn the reading direction or go on for ever.

What cannot be printed (control characters, bidi controls, lone surrogates, unusual blanks) becomes visible as `\x1b`
or `\u202e`; what is too long is cut. `harmless` does that for a whole result, so that no report has to think of it.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

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
    "source": 160,
    "expected": 800,
    "got": 800,
    "token": 4000,  # half a token is none
}
LIMIT = 400
MOST_LINES = 12
# Room in a limit for what says how much is missing.
MARK = 20
# More accents than this on one letter are no writing system, but a way to scribble over the lines above.
MOST_ACCENTS = 3
ESCAPES = {"\t": "    ", "\n": "\\n", "\r": "\\r"}
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


def one_line(text: str, most: int = LIMIT) -> str:
    """`text` as one line of at most `most` characters."""
    return _visible(text.strip(), most, keep="")


def several_lines(text: str, most: int = LIMIT) -> str:
    """`text` with its line breaks, at most `most` characters and `MOST_LINES` lines."""
    lines = text.strip().replace("\r\n", "\n").split("\n")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"… (+{len(lines) - MOST_LINES + 1})"]
    return _visible("\n".join(lines), most, keep="\n")


def of_width(text: str, cells: int) -> str:
    """Cut or fill `text` to exactly `cells` of the terminal."""
    return set_cell_size(text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1)}…", cells)


def _visible(text: str, most: int, *, keep: str) -> str:
    """`text` without anything that cannot be seen, but for the characters in `keep`."""
    pieces: list[str] = []
    length = fitting = accents = 0
    for index, character in enumerate(text):
        accents = accents + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        plain = (character.isprintable() or character in keep) and accents <= MOST_ACCENTS
        pieces.append(character if plain else _escaped(character))
        length += len(pieces[-1])
        if length <= most - MARK:
            fitting = index + 1
        if length > most:
            return f"{''.join(pieces[:fitting])}… (+{len(text) - fitting})"
    return "".join(pieces)


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


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

    Nothing is wider than the console but what is `Whole`; print it with `crop=False`.
    """

    def __init__(self, *parts: RenderableType) -> None:
        self.parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in (line for part in self.parts for line in _lines(part, console, options)):
            while line and not line[-1].text.strip():
                line.pop()
            for index, (text, style, control) in enumerate(line):
                shown = text.rstrip() if index == len(line) - 1 else text
                yield Segment(_encodable(shown, console.encoding), style, control)
            yield Segment.line()


def _lines(part: RenderableType, console: Console, options: ConsoleOptions) -> Iterable[list[Segment]]:
    if isinstance(part, Whole):
        return Segment.split_lines(console.render(part, options))
    return console.render_lines(part, options, pad=False)


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, errors="replace").decode(encoding)
    return text
