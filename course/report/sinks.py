"""A student's text on its way out: one function per place that reads more into a text than its letters.

The terminal, JUnit XML and SVG have no function here: `harmless` (`escape.py`) and the writers of XML do all there is
to do. Every function takes any text, makes it visible first where people read it, and gives back what can be put there
as it is.
"""

import re
import unicodedata
from collections.abc import Iterable
from html import escape
from itertools import pairwise

from course.report.visible import LIMIT, MARK, can_be_seen, is_accent, one_line, several_lines, visible

MOST_AS_ONE = len("\\U0010ffff")  # of characters that one becomes
LONGEST_BACKTICKS = re.compile(r"`+")
FORMULA = "=+-@\N{MINUS SIGN}"
# Programs of other countries take these for the ends of cells, and read what follows a quote as the cell's text.
NEXT_CELL = re.compile(r"""([;|][\s"']*)(?=(\S))""")
COMMAND_OF_OLD = re.compile(r"##\w*(?=\[)")
COMMAND_AT_THE_START = re.compile(r"\s*:(?=:)")


def where_to_break(line: str) -> list[int]:
    """Where a blank has to go into a finished line of a log, so that no runner takes it for a command.

    GitHub's runner obeys `::set-env::`, `::add-mask::`, `::stop-commands::` and others at the start of a line, after
    any blanks, and the old `##[command]` anywhere in it (actions/runner, ActionCommand.cs); Azure's obeys `##vso[...]`.
    """
    first = COMMAND_AT_THE_START.match(line)
    return ([first.end()] if first else []) + [found.end() for found in COMMAND_OF_OLD.finditer(line)]


def log_text(text: str, most: int = LIMIT) -> str:
    """`text` for a log of a workflow, in one line that may be put anywhere in a line: it never gives a command.

    Besides what `where_to_break` tells, all other `::` are parted as well: who prints it may begin a line anywhere.
    """
    return _broken(re.sub(":(?=:)", ": ", one_line(text, most)))


def log_lines(text: str) -> str:
    """`text` as finished lines for a terminal or a log, however many: each made visible, none of them a command."""
    most = MOST_AS_ONE * len(text) + MARK
    return "\n".join(_broken(line) for line in visible(text, most, keep="\n").split("\n"))


def _broken(line: str) -> str:
    places = [0, *where_to_break(line), len(line)]
    return " ".join(line[begin:end] for begin, end in pairwise(places))


def command_message(text: str, most: int = LIMIT) -> str:
    """`text` as the message of a workflow command of ours (`::error::...`), with its line breaks.

    The runner decodes `%0A`, `%0D` and `%25` in it: without encoding, a student's `%0A` would be a line break, and
    what follows would be a line of the log, and maybe a command.
    """
    lines = (log_text(line, most) for line in several_lines(text, most).split("\n"))
    return "\n".join(lines).replace("%", "%25").replace("\n", "%0A")


def command_property(text: str, most: int = LIMIT) -> str:
    """`text` as a property of a workflow command of ours (`::error file=...,title=...::`).

    A comma would begin the next property, and `::` the message.
    """
    return log_text(text, most).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def markdown_code(text: str, most: int = LIMIT) -> str:
    """`text` as code within a line of Markdown, in cells of tables too; "" when there is nothing in it.

    In code nothing is a link, an image (which would tell its server who reads), HTML, a mention (which would send
    mail), an emoji or a reference. The fence is longer than any row of backticks in the text; a `|` stands between two
    pieces of code, because it would end a cell, and the code in it.
    """
    return "&#124;".join(_span(piece) for piece in one_line(text, most).split("|"))


def _span(text: str) -> str:
    if not text:
        return ""
    fence = "`" * (_longest_backticks(text) + 1)
    ends = text[0] + text[-1]
    pad = " " if "`" in ends or (ends == "  " and text.strip()) else ""  # one blank at each end is taken away
    return f"{fence}{pad}{text}{pad}{fence}"


def markdown_block(text: str, language: str = "", most: int = LIMIT) -> str:
    """`text` as a block of code in Markdown, with its line breaks; begin it at the start of a line.

    Its fence is longer than any row of backticks in the text, so that no line of it can end the block.
    """
    return _fenced(several_lines(text, most), language)


def markdown_lines(text: str) -> str:
    """`text` as a block of code in Markdown, as `markdown_block`, with all of its lines."""
    return _fenced(visible(text, MOST_AS_ONE * len(text) + MARK, keep="\n"), "text")


def _fenced(lines: str, language: str) -> str:
    fence = "`" * max(_longest_backticks(lines) + 1, 3)
    return f"{fence}{language}\n{lines}\n{fence}\n"


def _longest_backticks(text: str) -> int:
    return max(map(len, LONGEST_BACKTICKS.findall(text)), default=0)


def html_text(text: str, most: int = LIMIT) -> str:
    """`text` for HTML, as the text of an element or as the value of an attribute in quotes, with its line breaks.

    Not for scripts, styles, addresses and event handlers, where other rules hold. Letters that run from right to left
    stay what they are: give the element `dir="auto"`, so that they do not turn what stands around them.
    """
    return escape(several_lines(text, most), quote=True)


def spreadsheet_cell(text: str, most: int = LIMIT) -> str:
    """`text` as a cell that a spreadsheet shows as it stands, and does not compute.

    A cell that begins with `=`, `+`, `-`, `@` (also of full width, or after blanks) would be a formula: `=HYPERLINK()`
    sends what other cells hold to a server, `=cmd|...` starts programs. An apostrophe goes before it, and also inside
    where a program that takes `;` or `|` for the end of a cell would see a cell begin. Numbers need none of this.
    """
    line = NEXT_CELL.sub(lambda found: found[1] + _guard(found[2]), one_line(text, most))
    return _guard(line) + line


def _guard(rest: str) -> str:
    return "'" if rest and unicodedata.normalize("NFKC", rest[0])[0] in FORMULA else ""


def csv_row(cells: Iterable[str | float]) -> str:
    """One line of CSV, with its end: text as `spreadsheet_cell`, all in quotes, numbers as they are."""
    return ",".join(_csv_cell(cell) for cell in cells) + "\r\n"


def _csv_cell(cell: str | float) -> str:
    if not isinstance(cell, str):
        return str(cell)
    doubled = spreadsheet_cell(cell).replace('"', '""')
    return f'"{doubled}"'


def json_text(text: str) -> str:
    r"""JSON that is the same data, and does nothing to a terminal or a log that it is printed to.

    What cannot be seen and what is drawn onto other letters is written as `\u202e`, and the `##[` of old workflow
    commands as `#\u0023[`. All that stands in strings only, where JSON allows it.
    """
    shown = re.sub(r"[^\n -~]", lambda found: _in_json(found[0]), text)
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", shown)


def _in_json(character: str) -> str:
    if can_be_seen(character) and not is_accent(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
