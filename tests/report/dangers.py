"""Hostile text, and what makes it dangerous: written without a look at how the reports escape it."""

import re
import unicodedata

from hypothesis import settings
from hypothesis import strategies as st

# The same examples in every run; nothing is kept between runs.
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=150)
STEADY_AND_SLOW = settings(STEADY, max_examples=30)

FRAGMENTS = (
    *("\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\", "\x9b31m", "\x90", "\x00", "\x08", "\x7f"),
    *("\u202e", "\u202d", "\u2066", "\u2069", "\u200f", "\u061c", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad"),
    *("\U000e0041", "\U000e007f", "\U000e0101", "\ufe0f", "\ufe01", "\u3164", "\u115f", "\u2800", "\u034f"),
    *("\u0301", "\u0301" * 9, "\u20dd" * 5, "\ud800", "\udfff", "\ufffe", "\U0010ffff", "\ue000"),
    *("\n", "\r", "\r\n", "\t", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\u00a0", "\u3000", " ", "  "),
    *(
        "::",
        ":",
        "::error::",
        "::set-env name=A::b",
        "::stop-commands::x",
        "::add-mask::a",
        "%0A",
        "%0a::error::",
        "%25",
    ),
    *("##[", "##", "#", "[", "]", "##[error]", "##vso[task.complete]", "##[add-mask]x"),
    *("`", "``", "```", "~~~", "```\n", "|", "\\", "\\`", "*", "_", "<", ">", "![x](http://evil.example/y.png)"),
    *(
        "[x](javascript:alert(1))",
        "<http://evil.example>",
        "www.evil.example",
        "https://evil.example",
        "a@evil.example",
    ),
    *("@everybody", "#1", ":smile:", "<script>", "</code>", "</pre>", "<img src=x onerror=y>", "<!--", "-->", "]]>"),
    *("&", "&lt;", "&#60;", '"', "'", "=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{MINUS SIGN}", ";", ","),
    *('=HYPERLINK("http://evil.example")', "=cmd|' /C calc'!A0", "\t=1+1", ';"=1&"', "$", "$`", "<![CDATA[", "<?xml"),
    *("價格", "é", "👍🏽", "שלום", "x = y[::2]", "def f(a: int) -> str:"),
)
WILD = st.characters(exclude_categories=())
TEXTS = st.one_of(
    st.text(WILD), st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(WILD, max_size=3)), max_size=12).map("".join)
)

# Texts that students write every day. None of it may be changed where it is shown.
ORDINARY = (
    "price = prices[symbol]",
    "for line in lines[::2]: total += line.count(word) or 1",
    "{'a': [1, -2.5], \"b\": None} != f(x, *args, **kw) and a < b > c & d",
    "价格 → 12 元, 共 3 个; 线程「甲」",
    "Größe, naïve, Ελληνικά, Привет, 日本語, 한국어",
    "👍 🎉 ✓ ☕",
    "100 % of 3/4 # done",
    "e\u0301 and ❤\ufe0f",
)

# What nobody sees although Python can print it: fillers and blanks, and selectors of variants.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0d\U000e0000-\U000e0fff\U0001d159]"
)


def dangers_in(text: str) -> list[str]:
    """Name everything in `text` that acts on a terminal, on the direction of reading or on the lines around it."""
    found = [
        f"U+{ord(character):04X}"
        for character in dict.fromkeys(text)
        if character != "\n" and (unicodedata.category(character)[0] == "C" or character in "\u2028\u2029\u00a0\u3000")
    ]
    found += [f"unseen U+{ord(character):04X}" for character in UNSEEN.findall(text)]
    accents = {character for character in set(text) if unicodedata.category(character) in ("Mn", "Me")}
    if accents and re.search(f"[{re.escape(''.join(accents))}]{{4}}", text):
        found.append("a pile of accents")
    found += [f"the command {command}" for command in commands_in(text)]
    return found


def commands_in(log: str) -> list[str]:
    """The lines of a log that GitHub's runner, or Azure's, may take for commands, whether it knows them or not."""
    return [
        line
        for line in re.split("[\r\n\x0b\x0c\x85\u2028\u2029]", log)
        if line.lstrip().startswith("::") or re.search(r"##[a-z]*\[", line)
    ]


def without_colours(text: str) -> str:
    """`text` without the colours that our reports use; all other sequences stay."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)
