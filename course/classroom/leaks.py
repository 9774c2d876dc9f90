"""Leaks: does anything that students get hold a piece of what is hidden from them?

Every hidden file is cut into pieces, and every piece is looked for in every released file. Texts are compared by what
is left of them without white space, quotes, commas and comment signs, so that a piece is found again when it was
indented, wrapped, quoted or reformatted. Kinds of pieces:

- a line (or its comment), from `LINE` characters on: shorter ones are Python's own vocabulary, like `thread.join()`;
- a run of lines of a right answer, from `RUN` characters on: vocabulary, too, tells when there is enough of it; and
  the whole of what stands between a solution's markers, from `LINE` characters on;
- a literal with three values or more, from `VALUES` characters on: what a check sends in and expects.

The numbers are measured on the lessons: what the texts teach on purpose stays below them. A lesson that must go above
lists the lines in `graders/<lesson>/taught.txt`. A piece that was reworded or renamed is not found.
"""

import ast
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

LINE, RUN, VALUES = 30, 80, 24
LEAST_BYTES = 16
TAUGHT = "taught.txt"
# Paths that no student gets, whatever is in them.
HIDDEN_FOLDERS = {"mistakes", "alternatives", ".git"}

SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n(?P<lines>.*?)^[ \t]*### END SOLUTION$", re.MULTILINE | re.DOTALL
)

_DROPPED = re.compile(r"[^\w()\[\]{}=.+\-*/%<]|_(?=_)")
_COMMENT = re.compile(r"(?:^|\s)#\s?")
_WIDE = re.compile(r"[\u2e80-\uffef]")


class Piece(NamedTuple):
    """Something hidden: as it is compared, and as it stands in its file."""

    text: str
    shown: str
    source: str


def bare(text: str) -> str:
    """What is compared of a text: no white space, quotes, commas, comment signs, case, compatibility forms."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text)).lower()


def leaks(released: Mapping[str, bytes], hidden: Mapping[str, bytes], public: Iterable[str]) -> list[str]:
    """A sentence for each released file that holds something of the `hidden` ones; empty when nothing leaks.

    `public` are texts that students may see although hidden files repeat them: the stubs, and what a lesson teaches.
    """
    known = [place for text in public for place in _places(text)]
    pieces = {piece.text: piece for piece in _pieces(hidden) if not any(piece.text in text for text in known)}
    found = []
    for path, content in released.items():
        told = _hidden_file_in(path, content, hidden) or _piece_in(path, content, pieces.values())
        if told:
            found.append(told)
    return found


def _hidden_file_in(path: str, content: bytes, hidden: Mapping[str, bytes]) -> str:
    if set(path.split("/")) & HIDDEN_FOLDERS or path in hidden:
        return f"{path} is a hidden file."
    for name, secret in hidden.items():
        if len(secret.strip()) >= LEAST_BYTES and secret.strip() in content:
            return f"{path} holds the whole of {name}."
    return ""


def _piece_in(path: str, content: bytes, pieces: Iterable[Piece]) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return f"{path} is not a text, so nobody can tell what it holds."
    places = _places(text)
    for piece in pieces:
        if any(piece.text in place for place in places):
            return f"{path} holds a piece of {piece.source}: {_short(piece.shown)}"
    return ""


def _places(text: str) -> tuple[str, str]:
    """A text with its comments, which may be what leaks, and without, when they stand between lines that do."""
    return bare(text), bare("\n".join(_code_of(line) for line in text.splitlines()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def _pieces(hidden: Mapping[str, bytes]) -> Iterator[Piece]:
    for path, content in hidden.items():
        text = content.decode("utf-8", errors="replace")
        if path.endswith(".toml"):
            yield from _sentences(tomllib.loads(text), path)
        elif path.endswith(".py"):
            yield from _lines(text, path)
            yield from _values(text, path)
            if "/mistakes/" not in path:
                yield from _runs(text, path)
                for answer in SOLUTION.finditer(text):
                    yield from _if_telling("\n".join(map(_code_of, answer["lines"].splitlines())), path, LINE)
        else:
            yield from _lines(text, path)


def _lines(text: str, path: str) -> Iterator[Piece]:
    for line in text.splitlines():
        for part in _COMMENT.split(line):
            if not part.lstrip().startswith(("import ", "from ")):
                yield from _if_telling(part, path, LINE)


def _runs(text: str, path: str) -> Iterator[Piece]:
    """From each line on, as few lines as tell something."""
    lines = [code for line in text.splitlines() if (code := _code_of(line)).strip()]
    for start in range(len(lines)):
        for end in range(start + 2, len(lines) + 1):
            run = "\n".join(lines[start:end])
            if _weight(bare(run)) >= RUN:
                yield Piece(bare(run), run, path)
                break


def _values(text: str, path: str) -> Iterator[Piece]:
    """Dicts, lists, tuples and sets of plain values, also over several lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set) and _is_plain(node):
            yield from _if_telling(ast.get_source_segment(text, node) or "", path, VALUES)


def _is_plain(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return sum(isinstance(inner, ast.Constant) for inner in ast.walk(node)) >= 3


def _sentences(table: Any, path: str) -> Iterator[Piece]:
    """The texts of a `lesson.toml`, but for titles and for what a check says: that is the promise, and public."""
    if isinstance(table, str):
        yield from _if_telling(table, path, LINE)
    elif isinstance(table, list):
        for each in table:
            yield from _sentences(each, path)
    elif isinstance(table, dict):
        for name, value in table.items():
            if name not in ("title", "says"):
                yield from _sentences(value, path)


def _if_telling(text: str, path: str, least: int) -> Iterator[Piece]:
    compared = bare(text).rstrip(".")
    if _weight(compared) >= least:
        yield Piece(compared, text.strip(), path)


def _weight(text: str) -> int:
    """How long a text is; a Chinese character says as much as two letters."""
    return len(text) + len(_WIDE.findall(text))


def _code_of(line: str) -> str:
    return _COMMENT.split(line, maxsplit=1)[0]
