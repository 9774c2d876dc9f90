"""The text of a module is what Python reads in its bytes, on whatever Python this runs, or it is refused."""

import ast
import codecs
import encodings.aliases
import itertools
import sys
import warnings
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.judge.drivers import Drivers
from course.judge.source_text import EVERYDAY, TextError, text_of

GBK, LATIN = "价格 = '询价'\n".encode("gbk"), "café = 'café'\n".encode("latin-1")
UTF_8 = "价格 = '询价'\n".encode()
# Parts of heads of files: what stands in their first lines.
COOKIES = [
    b"# coding: gbk",
    b"# -*- coding: latin-1 -*-",
    b"# vim: set fileencoding=utf-8 :",
    b"#!/usr/bin/env python3 # coding=cp1252",
    b"#coding=utf8",
    b"# coding: utf-8-unix",
    b"# coding: Latin-1-dos",
    b"# coding: UTF_8_SIG",
    b"# coding: ascii",
    b"# coding: gb18030",
    b"# coding: big5",
    b"# coding: shift_jis",
    b"# coding: euc-kr",
    b"# coding: koi8_r",
    b"# coding: nonsense",
    b"# coding: utf-8x",
    b"# coding: raw_unicode_escape",
    b"# coding: unicode-escape",
    b"# coding: utf-7",
    b"# coding: utf-16",
    b"# coding: punycode",
    b"# coding: idna",
    b"# coding: rot13",
    b"# coding: hz",
    b"# coding: iso2022-jp",
    b"# coding: cp037",
    b"# coding: undefined",
    b"# coding: mbcs",
    b"# coding: base64",
    b"# coding: gbk coding: latin-1",
    b"# Coding: gbk",
    b"# coding gbk",
    b"# coding:gbk",
    b"# coding= \tgbk",
    b"# coding : gbk",
    b"# coding: \xe9gbk",
    b"# encoding: gbk; \xb1\xe0\xc2\xeb",
    b"\xb1\xe0 # coding: gbk",
    b"# \xb1\xe0\xc2\xeb coding: gbk",
    b"#coding:",
    b"#coding:g",
    b"\x0c# coding: gbk",
    b" \t# coding: gbk",
    b"\x0b# coding: gbk",
    b"x = 1  # coding: gbk",
    b"'coding: gbk'",
    b"r'''",
    b"\\",
]
OTHERS = [b"", b" \t", b"\x0c", b"#", b"# \xb1\xe0", b"import re", b"\x0b", b"#!/usr/bin/python"]
MARKS = [b"", codecs.BOM_UTF8]
ENDS = [b"\n", b"\r\n", b"\r"]
BODIES = [
    b"x = '''a\r\nb\rc'''\n",
    b"",
    b"x = 1\n",
    GBK,
    LATIN,
    UTF_8,
    b"x = '\\u000aimport os'",
    b"# \\u000aimport os\n",
    b"x = 1\x0cy\n",
    b"+AGE-\n",
]


def python_reads(raw: bytes | str) -> str | None:
    """The tree that Python makes of it, or None: it is no program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.dump(compile(raw, "x.py", "exec", ast.PyCF_ONLY_AST, dont_inherit=True), include_attributes=True)
        except (SyntaxError, ValueError):
            return None


def takes_for_utf_8(raw: bytes) -> bool:
    """Does Python read this program as UTF-8, although it is none? As a module, it does not look into comments."""
    return not is_utf_8(raw) and python_reads(raw + b"\n'\xb1\xe0'\n") is None


def is_utf_8(raw: bytes) -> bool:
    """Is it UTF-8?"""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def require_as_python(raw: bytes) -> None:
    """Require that our text is read as Python reads the bytes, also when it lies in a file; or that it is refused."""
    tree = python_reads(raw)
    if sys.version_info < (3, 12) and raw.endswith(b"\\\r\n"):
        tree = python_reads(raw.removesuffix(b"\r\n") + b"\n")  # 3.11 takes it for an error before "\n" only
    try:
        text = text_of(raw, "x.py")
    except TextError as refused:
        as_python = tree is None or refused.hides or takes_for_utf_8(raw)
    else:
        as_python = python_reads(text) == python_reads(text.encode()) == tree
    assert as_python, raw


@pytest.mark.parametrize("first", [*COOKIES, *OTHERS])
def test_heads_are_read_as_python_reads_them(first: bytes) -> None:
    """In the first line, or in the second one after whatever comes first, with every end of a line, and with a mark."""
    for second, body in itertools.product([None, *COOKIES, *OTHERS], BODIES):
        require_as_python(b"\n".join([first, *([] if second is None else [second]), body]))
    for second, mark, end, body in itertools.product([*COOKIES, *OTHERS], MARKS, ENDS, [GBK, UTF_8]):
        require_as_python(mark + end.join([first, second, body]))
    require_as_python(b"\n".join([b"", b"", first, GBK]))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*COOKIES, *OTHERS, *BODIES, *MARKS, *ENDS]), max_size=6).map(b"".join))
def test_any_file_is_read_as_python_reads_it(raw: bytes) -> None:
    require_as_python(raw)


# --- which encodings --------------------------------------------------------------------------------------------------

ASCII = bytes([*b"\t\n\f", *range(32, 127)])
# Of each kind that can hide code: bytes that a reader takes for something else than it does.
HIDERS = {
    "raw_unicode_escape": rb"\u0061", "unicode_escape": rb"\x61", "utf-7": b"+AGE-", "hz": b"~~",
    "iso2022_jp": b"\x1b(Ja", "iso2022_kr": b"\x0ea", "punycode": b"a-", "idna": b"xn--mnchen-3ya", "cp037": b"a",
    "cp864": b"%", "shift_jis_2004": b"\\", "utf-16": b"ab",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EVERYDAY))
def test_what_stands_in_ascii_is_what_an_everyday_encoding_reads(name: str) -> None:
    """A byte of ASCII means itself, alone and beside others; only as the second half of a character it does not."""
    info = codecs.lookup(name)
    assert info.name == name
    assert info._is_text_encoding
    assert ASCII.decode(name) == ASCII.decode("ascii")
    for pair in map(bytes, itertools.product(ASCII, repeat=2)):
        assert pair.decode(name) == pair.decode("ascii")
    for pair in map(bytes, itertools.product(range(128, 256), range(256))):
        read = pair.decode(name, "ignore")
        assert not any(map(str.isascii, read[:-1]))
        assert not read[-1:].isascii() or read[-1:] in ("", chr(pair[1]))


@pytest.mark.parametrize("name", HIDERS)
def test_an_encoding_in_which_ascii_means_something_else_is_none_of_them(name: str) -> None:
    assert codecs.lookup(name).name not in EVERYDAY
    assert HIDERS[name].decode(name) != HIDERS[name].decode("ascii")
    with pytest.raises(TextError, match="with which Python may run other code than the text shows") as refused:
        text_of(f"#!/usr/bin/python\n# coding: {name}\n".encode(), "x.py")
    assert refused.value.hides == name


def test_every_encoding_of_pythons_is_everyday_or_refused() -> None:
    """What a later Python brings is refused until somebody has looked at it."""
    for name in {*encodings.aliases.aliases.values(), "punycode", "idna", "undefined", "unicode_escape", "utf_8_sig"}:
        raw = f"# coding: {name}\n".encode()
        try:
            known = codecs.lookup(name).name
        except LookupError:  # of another system
            known = ""
        if known in EVERYDAY:
            assert text_of(raw, "x.py") == (raw.decode() if "utf" in known else "# coding: utf-8\n")
        else:
            with pytest.raises(TextError):
                text_of(raw, "x.py")


# --- what is said -----------------------------------------------------------------------------------------------------

OUT = "save the file as UTF-8 and take the declaration out."
SAVE = "save it with the encoding UTF-8."
NO_TEXT = "x.py is not a Python source file: it holds bytes that no text has."
REASONS = {
    b"\n# coding: utf8mb4\n": f"x.py declares the encoding `utf8mb4` in line 2, which Python does not know; {OUT}",
    b"# coding: "
    + b"x" * 99: f"x.py declares the encoding `{'x' * 20}… (+79)` in line 1, which Python does not know; {OUT}",
    b"\xef\xbb\xbf# coding: gbk\n": (
        "x.py begins with the mark of UTF-8, but declares the encoding `gbk` in line 1; take the declaration out."
    ),
    b"# coding: gbk\nx = 1\n# \xff\n": (
        f"x.py, line 3, is not text in the encoding `gbk`, which line 1 declares; {OUT}"
    ),
    b"# coding: ascii\r# \xe9\r": f"x.py, line 2, is not text in the encoding `ascii`, which line 1 declares; {OUT}",
    b"x = 1\r\ny = '\xed\xa0\x80'\r\n": f"x.py is not UTF-8 text (line 2); {SAVE}",
    b"x = 1\n\n# coding: gbk\n# \xbc\xdb\n": f"x.py is not UTF-8 text (line 4); {SAVE}",
    b"\xef\xbb\xbf\xef\xbb\xbfx = 1": "x.py is not a Python source file: it begins with two marks of UTF-8.",
    b"x = '\0'\n": NO_TEXT,
    b"\x7fELF\x02\x01\x01\0\0\0\0\0": NO_TEXT,
}


@pytest.mark.parametrize("raw", REASONS)
def test_a_file_that_is_not_read_is_told_why(raw: bytes) -> None:
    with pytest.raises(TextError) as refused:
        text_of(raw, "x.py")
    assert refused.value.told == REASONS[raw]
    assert refused.value.hides == ""
    assert refused.value.told.told("zh") != REASONS[raw]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_what_windows_has_saved_as_unicode_is_called_by_its_name(encoding: str, mark: str) -> None:
    chinese = "价格" * (99 if mark else 1)  # without a mark, text is known by its ASCII
    raw = f"{mark}# {chinese}\r\nprices = {{'GOLD': 4}}\r\n".encode(encoding)
    with pytest.raises(TextError) as refused:
        text_of(raw, "x.py")
    name = encoding[:6].upper()
    assert refused.value.told == f"x.py was saved as {name}, which Python does not read; {SAVE}"


# --- what runs --------------------------------------------------------------------------------------------------------


def test_lines_and_columns_stay_and_the_text_declares_what_it_is_written_in() -> None:
    raw = "\f# 价 -*- coding: gbk -*-\r\nx = '价'; y = 1\r\n".encode("gbk")
    assert text_of(raw, "x.py") == "\f# 价 -*- coding: utf-8 -*-\nx = '价'; y = 1\n"
    plain = "# coding: utf-8-unix\nx = 1\n"
    assert text_of(plain.encode(), "x.py") == plain


DECLARED = """# 价格 coding: gbk
def work(fails=False):
    text = '''询
价'''
    if fails:
        raise ValueError(text)
    return text, len(text)
"""


@pytest.mark.parametrize("mode", ["simulate", "real"])
def test_both_worlds_run_the_text_that_is_judged(make_drivers: Callable[..., Drivers], mode: str) -> None:
    """With the same lines, also where Python reads it from a file again."""
    drivers = make_drivers(text_of(DECLARED.replace("\n", "\r\n").encode("gbk"), "toy.py"))
    run = getattr(drivers, mode)
    assert run("drive").value == ("询\n价", 3)
    error = run("drive", fails=True).record.error
    assert error is not None
    assert (error.type, error.message, error.line) == ("ValueError", "询\n价", 6)
