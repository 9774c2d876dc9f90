"""Text of any length, cut before work is done on it: its beginning, and how many characters are missing.

What a run has told may be megabytes long, and people read a few lines of it. So it is cut where it comes in, and what
is done with it afterwards is done with little.
"""

import re

LONGEST_TOLD = 2_000  # characters of one value in a sentence
_MARK = re.compile(r"… \(\+(\d{1,12})\)\Z")
_LONGEST_MARK = len("… (+)") + 12


def cut(text: str, most: int = LONGEST_TOLD) -> str:
    """`text`, if it has at most so many characters; else its beginning and `… (+12)`: so many are missing."""
    return text if len(text) <= most else f"{text[:most]}… (+{len(text) - most})"


def mark_after(text: str, kept: int) -> str:
    """What stands behind the first `kept` characters of `text`, which is too long; it may have been cut before."""
    missing, before = len(text) - kept, _MARK.search(text, max(kept, len(text) - _LONGEST_MARK))
    return f"… (+{missing - len(before[0]) + int(before[1]) if before else missing})"
