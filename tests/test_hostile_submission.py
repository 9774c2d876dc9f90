"""A submission that puts hostile text wherever it can, from end to end: no output of ours does what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from course.command import main
from course.lessons import ROOT
from course.report.model import from_json
from tests.report.dangers import FRAGMENTS, dangers_in

# Pure ASCII, for the source: the characters come to life when the module runs.
TEXT = ascii("\x1b[2J" + "\u0301" * 9 + "\n::error file=a::owned\n  ::stop-commands::x" + "".join(FRAGMENTS))
TAKEN_OVER = "::error title=10 of 10 points::"
# Fails in correctness, with hostile names, values, output, warnings and errors, and still has a time line.
QUOTES = f"""
import sys, threading, warnings

TEXT = {TEXT}
Error = type(TEXT.encode("utf-8", "replace").decode().replace("\\0", ""), (Exception,), {{}})

def fetch_quotes(symbols, fetch):
    prices = {{}}
    print(TEXT)
    print(TEXT, file=sys.stderr)
    warnings.warn(TEXT)
    def ask(symbol):
        prices[symbol] = fetch(symbol)  ##[error]y
        raise Error(TEXT)
    ask.__name__ = ask.__qualname__ = TEXT
    for symbol in symbols:
        thread = threading.Thread(target=ask, args=(symbol,), name=TEXT)
        thread.start(); thread.join(); '::error::x \u202e\u3164'
    if not symbols:
        raise Error(TEXT)
    return {{**prices, TEXT: [TEXT, Error]}}
"""
CANNOT_BE_IMPORTED = f"TEXT = {TEXT}\nraise Exception(TEXT)\n"


@pytest.fixture
def submission(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay it out, with folders whose names are commands, and no text at all."""
    above = tmp_path_factory.mktemp("hostile")
    folder = above / f"{TAKEN_OVER}##[x] \x1b[31m\u202e"
    for name, source in (("t01_quotes/quotes.py", QUOTES), ("t03_gate/gate.py", CANNOT_BE_IMPORTED)):
        file = folder / name
        file.parent.mkdir(parents=True)
        file.write_text(source, encoding="utf-8")
    os.mkdir(os.fsencode(folder) + b"/t99_\xff\x1b[2J")
    (folder / f"t98_x\n{TAKEN_OVER}##[error]").mkdir()
    for number in range(9):
        (folder / f"u{number}_x").mkdir()
    monkeypatch.chdir(above)
    return Path(folder.name)  # the first word of the report


def test_the_report_does_nothing_but_report(submission: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of threads, values, messages, source lines and names of folders are in it, and do nothing."""
    assert main(["grade", str(submission), "t01", "t03"]) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert dangers_in(shown.out) == []
    for told in (
        "\\x1b[2J",
        ": :error file=a::owned",
        "gate.py cannot be imported",
        "t99_\\udcff",
        "6 more folders",
        "0 of 20 points",
    ):
        assert told in shown.out
    assert not any(line.lstrip().startswith(TAKEN_OVER) for line in shown.out.splitlines())


def test_json_and_junit_do_nothing(submission: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are printed to logs, and read by programs."""
    junit = tmp_path / "junit.xml"
    assert main(["grade", str(submission), "t01", "t03", "--json", "--junit", str(junit)]) == 1
    document = capsys.readouterr().out
    assert dangers_in(document) == []
    (quotes, _) = from_json(document).lessons
    failures = [check.failure for check in quotes.checks if check.failure]
    assert any("\x1b[2J" in failure.got for failure in failures)
    assert any(
        bar.lane.startswith("\x1b") for failure in failures if failure.time_line for bar in failure.time_line.bars
    )
    written = junit.read_text(encoding="utf-8")
    assert [danger for danger in dangers_in(written) if "command" not in danger] == []
    assert {element.tag for element in fromstring(written).iter()} == {
        *("testsuites", "testsuite", "properties", "property", "testcase", "failure", "skipped")
    }


def test_replay_and_its_picture_do_nothing(
    submission: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a module that cannot be replayed is told in a sentence that does nothing either."""
    assert main(["grade", str(submission), "t01", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)["lessons"][0]["checks"]
    picture = tmp_path / "picture.svg"
    token = checks[0]["failure"]["token"]
    assert main(["replay", token, "--folder", str(submission), "--svg", str(picture)]) == 1
    assert dangers_in(capsys.readouterr().out) == []
    drawn = picture.read_text(encoding="utf-8")
    assert [danger for danger in dangers_in(drawn) if "command" not in danger] == []
    tags = {element.tag.rpartition("}")[2] for element in fromstring(drawn).iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "path", "text"}
    assert main(["replay", "t03.nothing.0000.0", "--folder", str(submission)]) == 2
    assert dangers_in(capsys.readouterr().err) == []
    assert main(["replay", "t03.late_waiter_passes.0000.0", "--folder", str(submission)]) == 2
    error = capsys.readouterr().err
    assert "gate.py cannot be imported" in error
    assert dangers_in(error) == []


def test_plain_pytest_does_nothing(submission: Path) -> None:
    """Its reports go another way than ours: headings, failures, and reasons for what was skipped."""
    lessons = ("graders/t01_quotes", "graders/t03_gate")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *lessons, "--submission", str(submission.absolute()), "-rs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "gate.py cannot be imported" in done.stdout
    assert dangers_in(done.stdout + done.stderr) == []
