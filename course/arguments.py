"""A parser of arguments that speaks: help texts, and the words of argparse itself, in the language that is spoken.

argparse looks up each of its texts with gettext's functions, under the names `_` and `ngettext`; ours stand there
instead. In English they are gettext's. The Chinese of what it may say to a user is in `arguments.toml`.
"""

import argparse
import gettext
import tomllib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from course.language import LANGUAGES, Language, spoken, tell
from course.report.wrapping import breaks


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that speaks, as do those of its subcommands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, **options})


class _Formatter(argparse.HelpFormatter):
    """Help whose lines are broken where their language allows it."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        if text.isascii():
            return super()._split_lines(text, width)
        places = pairwise([0, *breaks(text, width), len(text)])
        return [text[start:end].rstrip() for start, end in places]

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(f"{indent}{line}" for line in self._split_lines(text, width - len(indent)))


def language_among(arguments: Sequence[str]) -> Language | None:
    """The language that `--lang` names among arguments, whatever else is wrong with them."""
    named = {("--lang", language): language for language in LANGUAGES}
    words = [word for argument in arguments for word in argument.split("=", 1)]
    return next((named[pair] for pair in pairwise(words) if pair in named), None)


def add_untested_python(command: argparse.ArgumentParser) -> None:
    """Make it a command that grades: `main` refuses to run it on a Python that the course is not tested on."""
    command.add_argument(
        "--untested-python", action="store_true", help=tell("grade on a Python that the course is not tested on, too")
    )


def _translated(text: str) -> str:
    return (_chinese().get(text) if spoken() == "zh" else None) or gettext.gettext(text)


def _translated_by_number(one: str, more: str, number: int) -> str:
    return (_chinese().get(one) if spoken() == "zh" else None) or gettext.ngettext(one, more, number)


@cache
def _chinese() -> dict[str, str]:
    """The Chinese of argparse's texts, by their English."""
    tables = tomllib.loads(Path(__file__).with_name("arguments.toml").read_text(encoding="utf-8"))
    return {table["en"]: table["zh"] for table in tables.values()}


vars(argparse).update(_=_translated, ngettext=_translated_by_number)
