"""A student's text in each of the places that read more into it than its letters."""

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import example, given
from markdown_it import MarkdownIt
from rich.console import Console

from course.report import sinks
from course.report.junit import to_junit
from course.report.model import Result, from_json, to_json
from course.report.svg import failure_svg
from course.report.terminal import failure_text, print_report, table_text
from course.report.visible import one_line, several_lines
from tests.report import samples
from tests.report.dangers import (
    ORDINARY,
    STEADY,
    STEADY_AND_SLOW,
    TEXTS,
    commands_in,
    dangers_in,
    without_colours,
)


def printed(result: Result, **options: Any) -> str:
    """What the terminal gets."""
    file = io.StringIO()
    print_report(result, Console(file=file, **options))
    return file.getvalue()


@STEADY_AND_SLOW
@given(TEXTS)
def test_no_text_acts_on_the_terminal(text: str) -> None:
    """In colour or without, wide or narrow: lines break at other places each time."""
    result = samples.hostile(text)
    for width in (100, 31):
        assert dangers_in(printed(result, width=width, color_system=None)) == []
    coloured = printed(result, width=100, force_terminal=True, color_system="standard")
    assert dangers_in(without_colours(coloured)) == []
    (failure,) = (check.failure for check in result.lessons[0].checks if check.failure)
    assert dangers_in(failure_text(failure)) == []
    assert dangers_in(table_text(result)) == []


@pytest.mark.parametrize("width", range(20, 60))
def test_no_line_of_the_terminal_begins_a_workflow_command_wherever_it_breaks(width: int) -> None:
    """The runner skips blanks before `::`, and finds `##[` within a line."""
    text = "::error::x ##[error]x " * 12 + "\n  ::stop-commands::x\n##[add-mask]y\n:: ::"
    shown = printed(samples.hostile(text), width=width, color_system=None)
    assert commands_in(shown) == []
    assert ": :stop-commands" in shown or width < 40


def test_a_console_without_our_signs_makes_no_command_of_theirs() -> None:
    """An ellipsis of ours that such a console cannot show becomes a colon."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_report(samples.hostile("ok\n⋮⋮error⋮⋮x"), Console(file=file, width=100))
    file.seek(0)
    assert commands_in(file.read()) == []


@STEADY_AND_SLOW
@given(TEXTS)
def test_no_text_acts_through_junit_xml(text: str) -> None:
    """It stays a document, of the same elements as ever, that can be printed."""
    document = to_junit(samples.hostile(text))
    usual = [element.tag for element in fromstring(to_junit(samples.hostile("x"))).iter()]
    assert [element.tag for element in fromstring(document).iter()] == usual
    assert [danger for danger in dangers_in(document) if "command" not in danger] == []


@STEADY_AND_SLOW
@given(TEXTS)
def test_no_text_acts_through_a_picture(text: str) -> None:
    """Shapes and words only: no script, no link, no style of theirs, no handler."""
    (failure,) = (check.failure for check in samples.hostile(text).lessons[0].checks if check.failure)
    document = failure_svg(failure)
    root = fromstring(document)
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "path", "text"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in names)
    assert [danger for danger in dangers_in(document) if "command" not in danger] == []


@STEADY
@given(TEXTS)
def test_no_text_acts_through_json(text: str) -> None:
    """It is printed to terminals and logs, and yet the data is the same."""
    result = samples.hostile(text.encode("utf-8", "replace").decode())
    document = to_json(result)
    assert from_json(document) == result
    assert dangers_in(document) == []


def test_json_keeps_what_can_be_seen_as_it_is() -> None:
    """Chinese and emoji are read, not decoded."""
    assert "价格 👍 a[::2] #[x]" in to_json(samples.hostile("价格 👍 a[::2] #[x]"))
    assert sinks.json_text('"##[error]x \u202e\U000e0041\x7f"') == '"#\\u0023[error]x \\u202e\\udb40\\udc41\\u007f"'
    assert json.loads(sinks.json_text('"\\\\##vso[x] ##["')) == "\\##vso[x] ##["


@STEADY
@given(TEXTS)
def test_no_text_gives_a_command_in_a_log(text: str) -> None:
    """Wherever in a line it is put."""
    shown = sinks.log_text(text)
    assert dangers_in(f"{shown}\n  {shown}\nname {shown}") == []
    assert "::" not in shown
    assert "\n" not in shown


@STEADY
@given(TEXTS)
def test_a_command_of_ours_stays_one_command_with_its_message(text: str) -> None:
    """The runner decodes the message and writes it into the log; there it is no command either."""
    line = f"::error file=a.py,line=3::{sinks.command_message(text)}"
    assert len(line.splitlines()) == 1
    assert "##[" not in line
    command, message = line[2:].split("::", 1)
    assert command == "error file=a.py,line=3"
    assert dangers_in(unescaped(message)) == []
    assert not re.search(r"%(?!25|0A)", message)


@STEADY
@given(TEXTS)
def test_a_property_of_a_command_of_ours_stays_one_property(text: str) -> None:
    """Neither the next property nor the message begins in it."""
    value = sinks.command_property(text)
    assert not set(value) & set(",:\n\r")
    assert not re.search(r"%(?!25|3A|2C)", value)
    assert dangers_in(unescaped(value)) == []


def unescaped(text: str) -> str:
    """What the runner makes of a message or a property."""
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


@pytest.mark.parametrize(
    ("sink", "text", "written"),
    [
        (sinks.log_text, "::error::x", ": :error: :x"),
        (sinks.log_text, "a\n::b ##[c] ##vso[d]", "a\\n: :b ## [c] ##vso [d]"),
        (sinks.command_message, "50 %0A::x\ny", "50 %250A: :x%0Ay"),
        (sinks.command_property, "a, b: 5 %", "a%2C b%3A 5 %25"),
        (sinks.markdown_code, "a", "`a`"),
        (sinks.markdown_code, "", ""),
        (sinks.markdown_code, "`a", "`` `a ``"),
        (sinks.markdown_code, "int | None", "`int `&#124;` None`"),
        (sinks.markdown_block, "a\n```\nb", "````\na\n```\nb\n````\n"),
        (sinks.html_text, "<a href='x'>\"&\n", "&lt;a href=&#x27;x&#x27;&gt;&quot;&amp;"),
        (sinks.spreadsheet_cell, "=1+1", "'=1+1"),
        (sinks.spreadsheet_cell, " \t=1", "'=1"),
        (sinks.spreadsheet_cell, "\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        (sinks.spreadsheet_cell, "a;=1", "a;'=1"),
        (sinks.spreadsheet_cell, 'a|"=1', "a|\"'=1"),
        (sinks.spreadsheet_cell, "a = b, -1", "a = b, -1"),
    ],
)
def test_what_is_written_for_a_text(sink: Callable[[str], str], text: str, written: str) -> None:
    """By example."""
    assert sink(text) == written


@STEADY
@given(TEXTS)
def test_text_in_markdown_is_code_and_nothing_else(text: str) -> None:
    """In a paragraph, in a list, in a table with neighbours: the same code, and no other element."""
    code = sinks.markdown_code(text)
    for before, after in (("", ""), ("said ", " and *so* on"), ("- ", ""), ("| a | b |\n|---|---|\n| ", " | *c* |")):
        shown = rendered(f"{before}{code}{after}\n")
        assert shown.tags <= {"p", "code", "em", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
        assert shown.attributes == []
        assert one_line(text).replace(" ", "") in shown.text.replace(" ", "").replace("\n", "")
        assert shown.tags >= ({"em", "table"} if "---" in before else set())
    assert dangers_in(code.replace("::", "").replace("##", "")) == []


@STEADY
@given(TEXTS)
def test_a_block_in_markdown_is_one_block_of_code(text: str) -> None:
    """What comes after it is read as ever."""
    shown = rendered(f"before\n\n{sinks.markdown_block(text, 'text')}*after*\n")
    assert shown.tags == {"p", "pre", "code", "em"}
    assert shown.attributes == [("class", "language-text")]
    assert shown.text == f"before\n{several_lines(text)}\n\nafter\n"


def test_a_block_of_finished_lines_keeps_all_of_them() -> None:
    """Evidence may have more lines than a student's value is shown with."""
    lines = "\n".join(f"line {number} ```" for number in range(50))
    shown = rendered(f"{sinks.markdown_lines(lines)}*after*\n")
    assert shown.tags == {"p", "pre", "code", "em"}
    assert shown.text == f"{lines}\n\nafter\n"
    assert "\x1b" not in sinks.markdown_lines("\x1b[2J")


@STEADY
@given(TEXTS)
def test_text_in_html_is_text(text: str) -> None:
    """In an element and in an attribute."""
    shown = Shown(f'<p title="{sinks.html_text(text)}">{sinks.html_text(text)}</p>')
    assert shown.tags == {"p"}
    assert shown.attributes == [("title", several_lines(text))]
    assert shown.text == several_lines(text)


class Shown(HTMLParser):
    """What an HTML text shows: its elements, their attributes and all words."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.add("a comment")

    def handle_decl(self, decl: str) -> None:
        self.tags.add("a declaration")

    def handle_pi(self, data: str) -> None:
        self.tags.add("an instruction")


def rendered(document: str) -> Shown:
    """What CommonMark with tables shows."""
    return Shown(MarkdownIt("commonmark").enable("table").render(document))


@STEADY
@example("a", 'b; "=1&"')
@given(TEXTS, TEXTS)
def test_no_cell_is_a_formula_whatever_ends_cells(first: str, second: str) -> None:
    """Read as it is meant, or by a program that expects semicolons, tabs or bars."""
    row = sinks.csv_row([first, -3, second])
    (cells,) = csv.reader([row])
    assert cells == [sinks.spreadsheet_cell(first), "-3", sinks.spreadsheet_cell(second)]
    assert dangers_in(row.removesuffix("\r\n").replace("::", "").replace("##", "")) == []
    for end in ",;\t|":
        for cell in next(csv.reader([row], delimiter=end)):
            assert cell == "-3" or not cell.lstrip(" \"'").startswith(FORMULAS) or cell.lstrip(' "').startswith("'")


FORMULAS = ("=", "+", "-", "@", "\N{MINUS SIGN}", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_read_unchanged_everywhere(text: str) -> None:
    """Code, Chinese, emoji: what was made for the hostile does not hurt the others."""
    assert rendered(sinks.markdown_code(text)).text.strip() == text
    assert rendered(sinks.markdown_block(text)).text == f"{text}\n\n"
    assert Shown(f"<p>{sinks.html_text(text)}</p>").text == text
    assert sinks.spreadsheet_cell(text) == text
    assert unescaped(sinks.command_message(text)) == text.replace("::", ": :")
    assert json.loads(sinks.json_text(json.dumps(text, ensure_ascii=False))) == text
    words = printed(samples.hostile(text), width=200, color_system=None)
    assert text in words


@STEADY
@given(TEXTS)
def test_lines_for_a_log_are_all_there_and_none_of_them_acts(text: str) -> None:
    """A message of an error of ours may quote a student, and be long."""
    shown = sinks.log_lines(text * 3)
    assert dangers_in(shown) == []
    assert shown.count("\n") == text.count("\n") * 3
    assert "… (+" not in shown
