"""Attacks 33 and 77 on a push: names, messages and folders that hold commands, outputs, Markdown and HTML."""

import base64
import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from markdown_it import MarkdownIt

from course.command import main
from course.lessons import all_lessons
from tests.attacks.test_text_in_reports import AT_IMPORT, NAMES, RAISED
from tests.classroom.github.conftest import Write
from tests.report.dangers import commands_in, dangers_in
from tests.report.reporter import reported
from tests.report.test_summary import Page

KEYS = [lesson.key for lesson in all_lessons()]
# What a line of an output file, a log, a page and an address would obey.
TEXT = (
    "owned\nt01=AAAA\ngraded=0\n::set-output name=t01::AAAA\n%0A::error file=a::owned%0D::add-mask::x\n##[error]owned\n"
    "| a | b |\n|---|---|\n![x](http://evil.example/y.png) [y](javascript:alert(1)) <img src=x onerror=alert(1)>"
    "</details></pre>```\n# owned\n@everybody www.evil.example"
)
ELEMENTS = {
    "h2",
    "h3",
    "p",
    "sub",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "strong",
    "ul",
    "li",
    "pre",
    "details",
    "summary",
}


@pytest.mark.parametrize("module", [RAISED, AT_IMPORT, NAMES], ids=["raised", "import", "names"])
def test_nothing_of_it_gets_through(
    module: str, workflow: Path, student: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("t01", module.format(text=ascii(TEXT)))
    (student / "t99_![x](http:evil.example) | <img> ::error::").mkdir()
    options = ["--cache", str(workflow / "cache"), "--into", str(workflow / "into"), "--require-isolation", "basic"]
    assert main(["github", *options]) == 0
    log = capsys.readouterr().out
    assert "owned" in log

    for command in commands_in(log):  # the annotations, at the student's own file
        assert re.fullmatch(
            r"::error file=exercises/t01_quotes/quotes\.py,line=\d+,title=t01_quotes%3A [^:,]*::.*", command
        )
    assert dangers_in("\n".join(line for line in log.splitlines() if line not in commands_in(log))) == []

    lines = (workflow / "output").read_text("utf-8").split("\n")
    assert [line.split("=", 1)[0] for line in lines] == [*KEYS, "graded", ""]
    outputs = dict(line.split("=", 1) for line in lines if line)
    told = reported(",".join(KEYS), {f"{key.upper()}_RESULTS": outputs[key] for key in KEYS})
    assert commands_in(told.log) == told.log.splitlines()[-2:]
    assert told.notice[0] <= 1  # for no symbols
    assert "owned" in base64.b64decode(outputs["t01"]).decode()

    shown = Page(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render((workflow / "summary.md").read_text()))
    assert {element.split()[0] for element in shown.elements} - {"code", "th", "a"} <= ELEMENTS
    addresses = [element for element in shown.elements if "href" in element]
    assert all(element.startswith("a href=https://github.com/cs101/exercises-alice/") for element in addresses)
    assert "owned" in shown.code
    assert "owned" not in shown.prose
    assert "evil" not in shown.prose

    result = json.loads((workflow / "into" / "results.json").read_text("utf-8"))
    assert result["points"] == told.notice[0]
    fromstring((workflow / "into" / "junit.xml").read_text("utf-8").partition("\n")[2])
