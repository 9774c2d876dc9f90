"""Translations: does every sentence that a student reads exist in all languages, and is none older than its source?

Kinds of texts: sentences that code says (with their Chinese in `sentences.toml`), comments and messages of stubs and
sample checks (`code_texts`), their docstrings, texts in TOML that have both languages side by side, and Markdown files
in pairs. The first two are found by their English, so that a changed one has lost its translation. Of the others
`translations.json` records what both sides were when they last fitted.
"""

import ast
import hashlib
import json
import re
import string
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from course.code_texts import CHINESE, chinese_beside, texts
from course.language import catalogue, catalogues
from course.lessons import ROOT

RECORD = "course/translations.json"
SAY = ("say", "tell")  # the functions that say a literal


class Pair(NamedTuple):
    """A text in two languages."""

    name: str
    en: str
    zh: str

    @property
    def fingerprint(self) -> list[str]:
        """What tells whether one of the two has changed."""
        return [hashlib.sha256(text.encode()).hexdigest()[:12] for text in (self.en, self.zh)]


class Refused(Exception):
    """English texts have changed and their translations have not; the message names them."""


def problems(root: Path = ROOT) -> list[str]:
    """A sentence for each text that lacks a language, and for each translation that is older than its source."""
    recorded = _recorded(root)
    found = [*_problems_of_code(root), *_problems_of_exercises(root)]
    for pair in pairs(root):
        if not pair.zh:
            found.append(f"{pair.name} is not in Chinese.")
        elif ".toml" in pair.name and places(pair.en) != places(pair.zh):
            found.append(f"{pair.name}: the Chinese has not the same places for values as the English.")
        elif recorded.get(pair.name) != pair.fingerprint:
            found.append(f"{pair.name}: {_what_has_changed(recorded.get(pair.name), pair)}")
    return found


def _what_has_changed(before: list[str] | None, pair: Pair) -> str:
    if before is not None and before[0] != pair.fingerprint[0] and before[1] == pair.fingerprint[1]:
        return "the English has changed since it was translated. Translate it anew, then `course translations --write`."
    return "is new or has changed. See that both languages say the same, then `course translations --write`."


def record(confirmed: Iterable[str] = (), root: Path = ROOT) -> None:
    """Record that all translations fit; for those whose English alone has changed, only where that is `confirmed`.

    Raises:
        Refused: there are others whose English alone has changed. Nothing was recorded.
    """
    before, now = _recorded(root), {pair.name: pair for pair in pairs(root) if pair.zh}
    outdated = [
        name
        for name, pair in now.items()
        if name in before and before[name][0] != pair.fingerprint[0] and before[name][1] == pair.fingerprint[1]
    ]
    if left := sorted(set(outdated) - set(confirmed)):
        raise Refused(
            "The English of these has changed, their translation has not. Translate them anew, or name those that "
            "still fit after --write:\n" + "\n".join(left)
        )
    told = json.dumps({name: pair.fingerprint for name, pair in sorted(now.items())}, indent=0)
    (root / RECORD).write_text(re.sub(r"\[\n(.+),\n(.+)\n\]", r"[\1, \2]", told) + "\n", encoding="utf-8")


def _recorded(root: Path) -> dict[str, list[str]]:
    file = root / RECORD
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def places(text: str) -> set[str]:
    """The places for values in a text: `{name}`. A text with other braces in it has none."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return set()


# --- sentences in code -----------------------------------------------------------------------------------------------


def said_in_code(root: Path = ROOT) -> Iterator[str]:
    """The English of all sentences that are said in code."""
    files = [*sorted((root / "course").rglob("*.py")), *sorted((root / "graders").glob("*/test_*.py"))]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAY and node.args:
                match node.args[0]:
                    case ast.Constant(value=str(template)):
                        yield template
                    case _:
                        yield f"(no literal: {file.relative_to(root)}, line {node.lineno})"


def _problems_of_code(root: Path) -> Iterator[str]:
    translated = {en: zh for file in catalogues(root) for en, zh in catalogue(file).items()}
    said = set(said_in_code(root))
    for text in sorted(filter(_has_words, said - translated.keys())):
        yield f"This sentence is not in Chinese: {text}"
    for text in sorted(translated.keys() - said - _said_by_the_lab(root)):
        yield f"Nobody says this sentence any more, but it has a translation: {text}"
    for text, chinese in translated.items():
        if places(text) != places(chinese):
            yield f"The Chinese of this sentence has not the same places for values: {text}"


def _problems_of_exercises(root: Path) -> Iterator[str]:
    """What comments and messages lack, and translations whose text is not there any more."""
    for folder in sorted({file.parent for file in (root / "exercises").glob("*/*.py")}):
        where, chinese = folder.relative_to(root).as_posix(), chinese_beside(folder / CHINESE)
        there = {file.name: list(texts(file.read_text(encoding="utf-8"))) for file in folder.glob("*.py")}
        found = [text for file in there.values() for text in file]
        said = {text.name for text in found if text.kind in ("comment", "message")}
        for each in sorted(said - chinese.said.keys()):
            yield f"{where}: this is not in Chinese: {each}"
        for each in sorted(chinese.said.keys() - said - {text.name for text in found if text.kind == "data"}):
            yield f"{where}: nobody says this any more, but it has a translation: {each}"
        for each, zh in chinese.said.items():
            if places(each) != places(zh):
                yield f"{where}: the Chinese has not the same places for values: {each}"
        described = {(name, text.name) for name, file in there.items() for text in file if text.kind == "docstring"}
        translated = {(name, each) for name, table in chinese.docstrings.items() for each in table}
        for name, each in sorted(translated - described):
            yield f"{where}/{name} has no docstring of {each} any more, but it has a translation."


def _has_words(template: str) -> bool:
    return any(re.search(r"[A-Za-z]", text) for text, _, _, _ in string.Formatter().parse(template))


def _said_by_the_lab(root: Path) -> set[str]:
    """All texts in what the lab refuses: the judge translates those that it knows."""
    file = root / "course" / "lab" / "refusals.py"
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if file.exists() else ()
    texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text.partition(" (")[0] for text in texts}


# --- texts in pairs --------------------------------------------------------------------------------------------------


def pairs(root: Path = ROOT) -> Iterator[Pair]:
    """All texts in two languages, in TOML, docstrings and Markdown; the Chinese is empty where there is none."""
    tables = [*(root / "course").rglob("*.toml"), *(root / "graders").glob("*/lesson.toml")]
    for file in sorted(tables):
        name = file.relative_to(root).as_posix()
        yield from _in_table(tomllib.loads(file.read_text(encoding="utf-8")), name)
    for file in sorted((root / "exercises").glob("*/*.py")):
        chinese = chinese_beside(file)
        for text in texts(file.read_text(encoding="utf-8")):
            if text.kind == "docstring":
                name = f"{file.relative_to(root).as_posix()} {text.name}"
                yield Pair(name, text.text, chinese.of(text, file.name).strip())
    pages = [*(root / "exercises").glob("*/README.md"), *(root / "course").rglob("README.md.in")]
    for file in sorted(pages):
        page = file.with_name(file.name.replace("README", "README.zh-CN"))
        zh = page.read_text(encoding="utf-8") if page.exists() else ""
        yield Pair(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"), zh)


def _in_table(table: Any, name: str) -> Iterator[Pair]:
    if isinstance(table, dict) and isinstance(table.get("en"), str):
        yield Pair(name, table["en"], str(table.get("zh", "")))
    elif isinstance(table, dict):
        for key, value in table.items():
            yield from _in_table(value, f"{name} {key}" if name.endswith(".toml") else f"{name}.{key}")
    elif isinstance(table, list):
        for number, value in enumerate(table):
            named = value.get("id", number) if isinstance(value, dict) else number
            yield from _in_table(value, f"{name}.{named}")
