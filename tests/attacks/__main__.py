"""Run all attacks and write what came of them into TABLE.md: `python -m tests.attacks`, as root and as a plain user.

Each of the two fills its own column and leaves the other one as it was.
"""

import ast
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
TABLE = HERE / "TABLE.md"
HEADING = """# Attacks, and what came of them

Written by `python -m tests.attacks`: once as root, once as a plain user, on Linux with bubblewrap and libseccomp. Each
attack is a test of its own (its number leads to it), which requires that it earns no more than its honest part, that an
honest submission graded at the same time keeps all of its points, that nothing survives, and that no secret is shown.

"In part": what the row says is open wins points all the same, and the test states how many.

| | attack, and what answers it | as root | as a plain user |
|---|---|---|---|
"""
ANSWERED, IN_PART, NOT_HERE, OPEN = "answered", "in part", "not here", "**open**"


class Row(NamedTuple):
    """One attack: its number, its file, its docstring's first sentence, and what came of it."""

    number: int
    file: str
    title: str
    rest: str = ""  # what is still open
    as_root: str = ""
    as_user: str = ""

    def __str__(self) -> str:
        """The row as Markdown."""
        title = (f"{self.title} Open: {self.rest}" if self.rest else self.title).replace("|", "\\|")
        return f"| [{self.number}]({self.file}) | {title} | {self.as_root} | {self.as_user} |\n"


class Outcomes:
    """A pytest plugin that notes what came of each file's tests."""

    def __init__(self) -> None:
        self.of: dict[str, set[str]] = defaultdict(set)
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome; a set-up that fails counts as well."""
        if report.when == "call" or not report.passed:
            file = Path(report.location[0]).name
            self.of[file].add(report.outcome)
            if report.skipped and isinstance(report.longrepr, tuple):
                self.reasons[file] = report.longrepr[2].removeprefix("Skipped: ")

    def word(self, file: str) -> str:
        """What came of an attack, in a word or two."""
        outcomes = self.of[file]
        if "failed" in outcomes or not outcomes:
            return OPEN
        return ANSWERED if "passed" in outcomes else f"{NOT_HERE}: {self.reasons.get(file, '')}"


def rows() -> list[Row]:
    """All attacks, by number, without outcomes."""
    found = []
    for path in HERE.glob("test_[0-9]*.py"):
        documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        stated = re.match(r"Attack (\d+): (.+)", documentation)
        if stated is None:
            raise SystemExit(f"{path.name}: its docstring must begin with `Attack <number>: `.")
        still = re.search(r"^Open: (.+(?:\n.+)*)", documentation, re.MULTILINE)
        found.append(Row(int(stated[1]), path.name, stated[2], " ".join(still[1].split()) if still else ""))
    return sorted(found, key=lambda row: row.number)


def known() -> dict[str, tuple[str, str]]:
    """By file: the outcomes that stand in the table now."""
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    lines = re.findall(r"^\| \[\d+\]\((\S+)\) \| .* \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    return {file: (as_root.strip(), as_user.strip()) for file, as_root, as_user in lines}


def main() -> int:
    """Run them all; 0 when every attack is answered."""
    outcomes = Outcomes()
    pytest.main(["-q", "-p", "no:cacheprovider", str(HERE), *sys.argv[1:]], plugins=[outcomes])
    before = known()
    root = os.geteuid() == 0
    written = []
    for row in rows():
        as_root, as_user = before.get(row.file, ("", ""))
        word = outcomes.word(row.file)
        word = IN_PART if word == ANSWERED and row.rest else word
        written.append(
            row._replace(as_root=word, as_user=as_user) if root else row._replace(as_root=as_root, as_user=word)
        )
    TABLE.write_text(HEADING + "".join(map(str, written)), encoding="utf-8")
    still_open = [row.number for row in written if OPEN in (row.as_root if root else row.as_user)]
    print(f"{len(written)} attacks, {len(still_open)} open{f': {still_open}' if still_open else ''}")
    return 1 if still_open else 0


if __name__ == "__main__":
    sys.exit(main())
