"""Telling: what a student reads after a push. git shows each line behind `remote: `.

Plain text in UTF-8, narrow enough for a terminal of 80 columns, and without colour: nobody tells the server whether
there is a terminal at the other end. A student who has gone away does not end the grading.
"""

import contextlib
import re
from io import StringIO
from pathlib import Path
from typing import BinaryIO

from rich.cells import cell_len
from rich.console import Console

from course.language import Sentence, Words, spoken
from course.report import terminal
from course.report.model import LessonResult, Result
from course.report.sinks import log_lines
from course.report.visible import one_line

WORDS = Words(Path(__file__).with_name("words.toml"))
WIDTH = 80 - len("remote: ")
SHORT = 10  # characters of a commit's hash
LONGEST_NAME = 60  # of a branch or a tag
# What a line keeps together: a word of ASCII or a single character, with the signs and the blank that follow it.
PIECE = re.compile(r"(?:[!-~]+|[^\n])[，。：；、）]*[ ]?")  # Chinese signs


class Teller:
    """Writes to the student's terminal, or to none."""

    def __init__(self, out: BinaryIO | None) -> None:
        self._out = out

    def say(self, sentence: str, **values: object) -> None:
        """Say a sentence of `words.toml`."""
        self.show(_folded(WORDS[sentence].format(**values)))

    def note(self, sentence: Sentence) -> None:
        """Say a sentence of the judge's."""
        self.show(_folded(sentence.told(spoken())))

    def about(self, sentence: str, ref: str) -> None:
        """Say a sentence about a branch or a tag, whatever its name is made of."""
        self.say(sentence, name=one_line(ref, LONGEST_NAME))

    def report(self, result: Result) -> None:
        """Show the report of what was graded."""
        text = StringIO()
        console = Console(file=text, width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
        terminal.print_report(result, console)
        self.show(f"\n{text.getvalue().rstrip()}\n")

    def lessons(self, sentence: str, lessons: list[LessonResult]) -> None:
        """Say a sentence about some lessons with their points, if there are any."""
        if lessons:
            told = (
                WORDS["lesson_points"].format(lesson=each.lesson, points=each.points, max_points=each.max_points)
                for each in lessons
            )
            self.say(sentence, lessons=WORDS["between"].join(told))

    def names(self, sentence: str, lessons: list[str]) -> None:
        """Say a sentence about some lessons, if there are any."""
        if lessons:
            self.say(sentence, lessons=WORDS["between"].join(lessons))

    def show(self, text: str) -> None:
        """Write lines; nothing in them does anything but stand there."""
        if self._out is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._out.write(f"{log_lines(text)}\n".encode("utf-8", "backslashreplace"))
            self._out.flush()


SILENT = Teller(None)


def _folded(text: str) -> str:
    """The text in lines that fit. Chinese may end a line anywhere but before a sign; words stay whole."""
    lines = [""]
    for piece in PIECE.findall(text):
        if cell_len((lines[-1] + piece).rstrip()) > WIDTH:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.strip() for line in lines)
