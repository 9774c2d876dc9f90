"""The text of a module: decoded once, as Python decodes it, so that the text that is judged is the text that runs.

Python reads a source file by the encoding that it declares (PEP 263). The text that is returned here has line feeds at
the ends of lines, no byte order mark, and declares UTF-8 or nothing: as a string and as a file in UTF-8 it is the same
program, in the same lines. Everything that wants to know what a student's module says asks here.
"""

import codecs
import re
from typing import NamedTuple

from course.language import Sentence, say
from course.report.visible import one_line

# Encodings in which a byte of ASCII is that character, unless it is the second half of a longer one, and no other byte
# is: what stands there in ASCII is what Python reads. Not among them: UTF-7, HZ and ISO-2022, which switch to another
# meaning of ASCII; raw_unicode_escape and unicode_escape, in which an escape ends a line; punycode, IDNA and UTF-16,
# which write ASCII otherwise; EBCDIC, cp864 and later versions of Shift JIS, which have other characters in its places;
# rot13 and others that are no encodings of text; undefined, mbcs and oem, which mean nothing or what the system says.
EVERYDAY = frozenset({
    "ascii", "utf-8", "utf-8-sig", "big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jisx0213",
    "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "johab", "shift_jis", "iso8859-1", "iso8859-2", "iso8859-3",
    "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-9", "iso8859-10", "iso8859-11",
    "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp1257", "cp1258", "cp437", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp856", "cp857",
    "cp858", "cp860", "cp861", "cp862", "cp863", "cp865", "cp866", "cp869", "cp874", "cp1006", "cp1125", "hp-roman8",
    "koi8-r", "koi8-t", "koi8-u", "kz1048", "mac-croatian", "mac-cyrillic", "mac-greek", "mac-iceland", "mac-latin2",
    "mac-roman", "mac-romanian", "mac-turkish", "palmos", "ptcp154", "tis-620",
})  # fmt: skip
LONGEST_NAME = 40
# As the tokenizer of CPython finds it (get_coding_spec), in the bytes of a line: it looks no further than the second
# line, and there only if the first one holds nothing, or a comment.
_DECLARED = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NOTHING = re.compile(rb"[ \t\f]*(#.*)?")
_LATIN_1 = ("latin-1", "iso-8859-1", "iso-latin-1")
_WIDE = (
    ("utf-32-le", codecs.BOM_UTF32_LE),  # before UTF-16, whose mark it begins with
    ("utf-32-be", codecs.BOM_UTF32_BE),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
)


class TextError(Exception):
    """A file is not read as a module; `told` says why, and `hides` names an encoding that could hide code in it."""

    def __init__(self, told: Sentence, *, hides: str = "") -> None:
        super().__init__(told)
        self.told = told
        self.hides = hides


class _Declared(NamedTuple):
    """An encoding that a file declares: its name, and where that stands."""

    name: str
    line: int
    start: int
    end: int


def text_of(raw: bytes, file: str) -> str:
    """The text of the module in `file`, a name that sentences call it by, of its bytes.

    Raises:
        TextError: it is no text, or is none in the encoding that it declares, or declares one that is not `EVERYDAY`.
    """
    _refuse_wide(raw, file)
    if b"\0" in raw:
        raise _no_source(file, say("it holds bytes that no text has"))
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    marked = raw.startswith(codecs.BOM_UTF8)
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if raw.startswith(codecs.BOM_UTF8):  # Python would skip one in our text, too
        raise _no_source(file, say("it begins with two marks of UTF-8"))
    declared = _declared_in(raw)
    encoding = "utf-8" if declared is None else _encoding(declared, file, marked=marked)
    if declared is not None and encoding != "utf-8":
        raw = raw[: declared.start] + b"utf-8" + raw[declared.end :]
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TextError(_not_in(encoding, declared, file, line)) from error


def _declared_in(raw: bytes) -> _Declared | None:
    start = 0
    for number, line in enumerate(raw.split(b"\n", 2)[:2], 1):
        if found := _DECLARED.match(line):
            return _Declared(found[1].decode("ascii"), number, start + found.start(1), start + found.end(1))
        if not _NOTHING.fullmatch(line):
            return None
        start += len(line) + 1
    return None


def _encoding(declared: _Declared, file: str, *, marked: bool) -> str:
    """The name of the codec, "utf-8" where Python itself takes it for that."""
    shown, line = one_line(declared.name, LONGEST_NAME), declared.line
    name = _normal(declared.name)
    if marked and name != "utf-8":
        raise TextError(
            say(
                "{file} begins with the mark of UTF-8, but declares the encoding `{encoding}` in line {line}; "
                "take the declaration out.",
                file=file,
                encoding=shown,
                line=line,
            )
        )
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        raise TextError(
            say(
                "{file} declares the encoding `{encoding}` in line {line}, which Python does not know; save the file "
                "as UTF-8 and take the declaration out.",
                file=file,
                encoding=shown,
                line=line,
            )
        ) from None
    if encoding not in EVERYDAY:
        raise TextError(
            say(
                "{file} declares the encoding `{encoding}` in line {line}, with which Python may run other code than "
                "the text shows; save the file as UTF-8 and take the declaration out.",
                file=file,
                encoding=shown,
                line=line,
            ),
            hides=shown,
        )
    return encoding


def _normal(name: str) -> str:
    """As `get_normal_name` of CPython's tokenizer: `utf-8-unix` is UTF-8."""
    short = name[:12].lower().replace("_", "-")
    if short == "utf-8" or short.startswith("utf-8-"):
        return "utf-8"
    if short in _LATIN_1 or short.startswith(tuple(f"{latin}-" for latin in _LATIN_1)):
        return "iso-8859-1"
    return name


def _no_source(file: str, why: Sentence) -> TextError:
    return TextError(say("{file} is not a Python source file: {message}.", file=file, message=why))


def _not_in(encoding: str, declared: _Declared | None, file: str, line: int) -> Sentence:
    if declared is None:
        return say("{name} is not UTF-8 text (line {line}); save it with the encoding UTF-8.", name=file, line=line)
    return say(
        "{file}, line {line}, is not text in the encoding `{encoding}`, which line {declared} declares; save the file "
        "as UTF-8 and take the declaration out.",
        file=file,
        line=line,
        encoding=one_line(declared.name, LONGEST_NAME),
        declared=declared.line,
    )


def _refuse_wide(raw: bytes, file: str) -> None:
    """Say of a file in UTF-16 or UTF-32, which Windows editors write, what it is: Python does not read such files."""
    for encoding, mark in _WIDE:
        if raw.startswith(mark) or (b"\0" in raw and _is_code_in(encoding, raw)):
            name = encoding.rpartition("-")[0].upper()
            raise TextError(
                say(
                    "{file} was saved as {encoding}, which Python does not read; save it with the encoding UTF-8.",
                    file=file,
                    encoding=name,
                )
            )


def _is_code_in(encoding: str, raw: bytes) -> bool:
    """Is it text in this encoding that is mostly ASCII, as code is?"""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\0" not in text and 2 * sum(map(str.isascii, text)) > len(text)
