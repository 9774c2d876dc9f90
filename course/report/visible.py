r"""Characters made visible: what cannot be seen, or does something to its surroundings, is shown as `\x1b` or `\u202e`.

Dangerous are: C0, C1 and DEL (ANSI and OSC sequences move the cursor, set titles, write to the clipboard), line breaks
of all kinds, bidi controls (U+202A-202E, U+2066-2069: text reads in another order than it runs), zero-width
characters, tags and variation selectors (text that only machines read), lone surrogates and non-characters (no encoding
has them), accents without end (they cover the lines above).
"""

import unicodedata

from course.cutting import mark_after

LIMIT = 400
MOST_LINES = 12
# Room in a limit for what says how much is missing.
MARK = 20
# More accents than this on one letter are no writing system, but a way to scribble over the lines above.
MOST_ACCENTS = 3
ESCAPES = {"\t": "    ", "\n": "\\n", "\r": "\\r"}
# Letters, accents and signs by their category, and yet there is nothing to see (Unicode's Default_Ignorable_Code_Point,
# and three blanks). U+FE0E and U+FE0F are not among them: one of them may follow a sign, to choose between text and
# emoji.
BLANKS = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
            *(0x2800, 0x3164, 0xFFA0, 0x1D159, 0x16FE4),
            *range(0xFE00, 0xFE0E),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
EMOJI_OR_TEXT = "\ufe0e\ufe0f"


def one_line(text: str, most: int = LIMIT) -> str:
    """`text` as one line of at most `most` characters."""
    return visible(text.strip(), most)


def several_lines(text: str, most: int = LIMIT) -> str:
    """`text` with its line breaks, at most `most` characters and `MOST_LINES` lines."""
    lines = text.strip().replace("\r\n", "\n").split("\n")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"… (+{len(lines) - MOST_LINES + 1})"]
    return visible("\n".join(lines), most, keep="\n")


def visible(text: str, most: int, *, keep: str = "") -> str:
    """`text` without anything that cannot be seen, but for the characters in `keep`; cut to `most` characters."""
    pieces: list[str] = []
    length = fitting = 0
    accents = MOST_ACCENTS  # the first character may not sit on what stands before the text
    for index, character in enumerate(text):
        accents = accents + 1 if is_accent(character) else MOST_ACCENTS if character == "\n" else 0
        most_here = 1 if character in EMOJI_OR_TEXT else MOST_ACCENTS
        plain = character in keep or (can_be_seen(character) and accents <= most_here)
        pieces.append(character if plain else escaped(character))
        length += len(pieces[-1])
        if length <= most - MARK:
            fitting = index + 1
        if length > most:
            return "".join(pieces[:fitting]) + mark_after(text, fitting)
    return "".join(pieces)


def can_be_seen(character: str) -> bool:
    """True when a character shows something, at its own place only (accents: on the one before)."""
    return character.isprintable() and character not in BLANKS


def is_accent(character: str) -> bool:
    """True when a character is drawn onto the one before."""
    return unicodedata.category(character) in ("Mn", "Me")


def escaped(character: str) -> str:
    """A character as people can read it."""
    if character in ESCAPES:
        return ESCAPES[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
