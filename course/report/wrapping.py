"""Prose that is wrapped as its language asks for: Chinese has no blanks, and may be broken between most characters.

Rich breaks at blanks only, so that a Chinese sentence after a blank would begin on a line of its own.
"""

from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console
from rich.containers import Lines
from rich.text import Text

# No line begins with one of the first, none ends with one of the others (a part of GB/T 15834).
NEVER_FIRST = frozenset("。，；：、！？）》〉】」』”’…%")  # Chinese punctuation
NEVER_LAST = frozenset("（《〈【「『“‘")


class Prose(Text):
    """Text that may be broken at blanks, and between Chinese characters where Chinese writers would."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        """The lines, each at most `width` cells wide."""
        if self.plain.isascii():
            return super().wrap(console, width, **options)
        lines = Lines()
        for line in self.split("\n", allow_blank=True):
            for part in line.divide(list(breaks(line.plain, width))):
                part.rstrip()
                lines.append(part)
        return lines


def breaks(text: str, width: int) -> Iterator[int]:
    """Where the lines of `text` begin, but for the first, so that none is wider than `width` cells."""
    start = used = 0
    possible = 0  # the last place at which the line could be broken
    for index, character in enumerate(text):
        if index > start and _may_break(text, index):
            possible = index
        size = get_character_cell_size(character)
        if used + size > width and not character.isspace():
            start = possible if possible > start else index
            if start == 0:
                continue
            yield start
            used = cell_len(text[start:index])
        used += size


def _may_break(text: str, index: int) -> bool:
    before, after = text[index - 1], text[index]
    if before.isspace():
        return not after.isspace()
    if after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return get_character_cell_size(before) == 2 or get_character_cell_size(after) == 2
