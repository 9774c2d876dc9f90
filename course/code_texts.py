"""What a Python file says to the student who reads or runs it, and the same file in Chinese.

Stubs and sample checks speak in docstrings, comments and messages; their code is the same in all languages. The Chinese
lies beside them in `code.zh-CN.toml`: docstrings by the file and the name of what they describe, comments and messages,
under `said`, by their English.
"""

import ast
import inspect
import io
import textwrap
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

CHINESE = "code.zh-CN.toml"
MODULE = "<module>"  # the name of a module's docstring
MARKER = "# YOUR CODE HERE"
SPEAKS = ("Error", "Exception", "fail")  # a call of something that is named like this says a message

_NAMED = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Text(NamedTuple):
    """A text in a file, from byte `start` to byte `end` of it in UTF-8.

    `name` is what a docstring describes, and otherwise the text itself. "data" are strings that only code reads, as far
    as anybody knows: they are translated where a translation exists, which nobody misses.
    """

    kind: Literal["docstring", "comment", "message", "data"]
    name: str
    text: str
    start: int
    end: int


class Chinese(NamedTuple):
    """The Chinese of a lesson's files: docstrings by file and name, comments and messages by their English."""

    docstrings: dict[str, dict[str, str]]
    said: dict[str, str]

    def of(self, text: Text, filename: str) -> str:
        """The Chinese of a text in this file; empty where there is none."""
        return (self.docstrings.get(filename, {}) if text.kind == "docstring" else self.said).get(text.name, "")


def chinese_beside(file: Path) -> Chinese:
    """The Chinese of a file and of those that lie beside it."""
    place = file.with_name(CHINESE)
    tables: dict[str, Any] = tomllib.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    return Chinese({name: table for name, table in tables.items() if name != "said"}, tables.get("said", {}))


def in_chinese(file: Path) -> str:
    """The source of a file in Chinese; what is not translated stays in English."""
    source, chinese = file.read_text(encoding="utf-8"), chinese_beside(file)
    raw = source.encode()
    for text in sorted(texts(source), key=lambda each: each.start, reverse=True):
        if told := chinese.of(text, file.name):
            raw = raw[: text.start] + _written(told, text, raw).encode() + raw[text.end :]
    return raw.decode()


def _written(told: str, text: Text, raw: bytes) -> str:
    """A translation as it stands in Python, in the place of `text`."""
    if text.kind == "comment":
        return f"# {told}"
    told = told.strip("\n").replace("\\", "\\\\")
    if text.kind != "docstring":
        prefix = raw[text.start : text.end].decode().partition('"')[0]
        return '{}"{}"'.format(prefix, told.replace('"', '\\"'))
    if "\n" not in told:
        return f'"""{told}"""'
    indent = " " * (text.start - raw.rfind(b"\n", 0, text.start) - 1)
    return f'"""{textwrap.indent(told, indent).lstrip()}\n{indent}"""'


def texts(source: str) -> Iterator[Text]:
    """All that a file says in words, and the strings that only its code reads."""
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    tree = ast.parse(source)
    documented = {id(node): (name, node) for name, node in _docstrings(tree)}
    spoken = {id(node) for node in _spoken(tree)}
    for node in _strings(tree):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        name = text = _text_of(node, source)
        kind: Literal["docstring", "message", "data"] = "message" if id(node) in spoken else "data"
        if id(node) in documented:
            kind, name = "docstring", documented[id(node)][0]
            text = inspect.cleandoc(text)
        yield Text(kind, name, text, start, end)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.string != MARKER:
            start = starts[token.start[0] - 1] + len(token.line[: token.start[1]].encode())
            said = token.string.removeprefix("#").strip()
            yield Text("comment", said, said, start, start + len(token.string.encode()))


def _text_of(node: ast.Constant | ast.JoinedStr, source: str) -> str:
    """What a string says; one with values in it has their places, as in `{path}`."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return (ast.get_source_segment(source, node) or "").partition('"')[2].removesuffix('"')


def _strings(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The strings in a tree, each as a whole."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node
        else:
            yield from _strings(node)


def _docstrings(node: ast.AST, name: str = "") -> Iterator[tuple[str, ast.Constant]]:
    """The docstrings in a tree, by the names of what they describe: `ReadinessGate.wait`."""
    if isinstance(node, ast.Module | _NAMED):
        match node.body[:1]:
            case [ast.Expr(value=ast.Constant(value=str()) as docstring)]:
                yield name or MODULE, docstring
    for child in ast.iter_child_nodes(node):
        yield from _docstrings(child, f"{name}.{child.name}".lstrip(".") if isinstance(child, _NAMED) else name)


def _spoken(tree: ast.AST) -> Iterator[ast.expr]:
    """What asserts, `pytest.fail` and exceptions say."""
    for node in ast.walk(tree):
        match node:
            case ast.Assert(msg=ast.expr() as message):
                yield message
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name.endswith(SPEAKS):
                yield first
