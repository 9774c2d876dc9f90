"""The languages of the course, and sentences that exist in all of them.

Fixed words of reports stand in TOML files, in all languages side by side (`Words`). Other
sentences stand where they are said, in English (`say`, `tell`), and their translations by the English text in
`sentences.toml` beside them. `speaking` chooses the language of everything that is written inside.
"""

import contextlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from course.cutting import cut

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
CATALOGUES = "sentences.toml"
NOT_SHOWN = "…"
SEPARATORS = {"; ": "；", ", ": "、", "": ""}  # in English, in Chinese

_ROOT = Path(__file__).resolve().parent.parent
_spoken: ContextVar[Language] = ContextVar("language", default="en")


@contextlib.contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Write in this language inside of the block."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Language:
    """The language that is written in now."""
    return _spoken.get()


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that the environment of a process asks for, as POSIX says: LC_ALL, LC_MESSAGES, then LANG."""
    wanted = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


class Words(Mapping[str, str]):
    """The texts of a TOML file (`name.en`, `name.zh`), by their names, in the language that is spoken."""

    def __init__(self, file: Path) -> None:
        self._texts: dict[str, dict[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> str:
        texts = self._texts[name]
        return texts.get(_spoken.get()) or texts["en"]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class View(NamedTuple):
    """What of a sentence's values is shown: `of_run` makes fit what a run has told, `gives` knows hidden values."""

    of_run: Callable[[str], str]
    gives: Callable[[str], bool]


EVERYTHING = View(of_run=str, gives=lambda _: True)


class Hidden(NamedTuple):
    """An input or an expected value of a check: students see it only where the lesson's text gives it."""

    value: Any


hidden = Hidden


class Sentence(str):  # noqa: SLOT000  # a string with a few more things to it
    """A sentence in all languages; as a string, the English one with all its values.

    `en` and `zh` have places for the `values`, as in `str.format`. Values are sentences themselves, numbers (counts and
    seconds, which everybody may see), `Hidden` ones, and texts that a run has told. Long texts are cut at once.
    """

    en: str
    zh: str
    values: dict[str, Any]

    def __new__(cls, en: str, zh: str = "", values: Mapping[str, Any] | None = None) -> "Sentence":
        given = {name: _cut(value) for name, value in (values or {}).items()}
        self = super().__new__(cls, _filled(en, given, "en", EVERYTHING))
        self.en, self.zh, self.values = en, zh, given
        return self

    def told(self, language: Language, view: View = EVERYTHING) -> str:
        """The sentence in this language, with the values that are shown; in English where it is not translated."""
        template = (self.zh or translations().get(self.en, "")) if language == "zh" else ""
        return _filled(template or self.en, self.values, language, view)


def say(template: str, **values: Any) -> Sentence:
    """A sentence of the judge or of a check; `template` is a literal, by which its translations are found."""
    return Sentence(template, values=values)


def tell(template: str, **values: Any) -> str:
    """A sentence in the language that is spoken now; `template` is a literal, as that of `say`."""
    return Sentence(template, values=values).told(spoken())


def as_it_is(en: str, zh: str = "") -> Sentence:
    """A sentence that has no places for values, whatever stands in it."""
    literal_en, literal_zh = (text.replace("{", "{{").replace("}", "}}") for text in (en, zh))
    return Sentence(literal_en, literal_zh)


def said_by_the_lab(text: str, details: str = "") -> Sentence:
    """What the lab says in words of its own, which are translated by their text; details of it stand in brackets."""
    what = as_it_is(text, translations().get(text, ""))
    return say("{what} ({details})", what=what, details=details) if details else what


def said_together(sentences: Iterable[str], separator: Literal["; ", ", ", ""] = "; ") -> Sentence:
    """Several sentences or names as one."""
    parts = {f"part{number}": sentence for number, sentence in enumerate(sentences)}
    places = [f"{{{name}}}" for name in parts]
    return Sentence(separator.join(places), SEPARATORS[separator].join(places), parts)


def _cut(value: Any) -> Any:
    if isinstance(value, Hidden):
        return Hidden(cut(str(value.value)))
    return value if isinstance(value, Sentence | int | float) else cut(str(value))


def _filled(template: str, values: Mapping[str, Any], language: Language, view: View) -> str:
    return template.format(**{name: _shown(value, language, view) for name, value in values.items()})


def _shown(value: Any, language: Language, view: View) -> Any:
    if isinstance(value, Sentence):
        return value.told(language, view)
    if isinstance(value, Hidden):
        return str(value.value) if view.gives(str(value.value)) else NOT_SHOWN
    if isinstance(value, int | float):
        return value
    return view.of_run(str(value))


@cache
def translations() -> Mapping[str, str]:
    """The Chinese of all sentences that are said in code, by their English."""
    return {en: zh for file in catalogues(_ROOT) for en, zh in catalogue(file).items()}


def catalogues(root: Path) -> list[Path]:
    """The files with translations of what is said in code: of the course, then of the lessons."""
    return [*sorted((root / "course").rglob(CATALOGUES)), *sorted((root / "graders").glob(f"*/{CATALOGUES}"))]


def catalogue(file: Path) -> dict[str, str]:
    """The translations in a file; texts that stand there in both languages are none (`Words`)."""
    entries = tomllib.loads(file.read_text(encoding="utf-8")).items()
    return {en: zh for en, zh in entries if isinstance(zh, str)}
