"""What a student reads: narrow, plain, and nothing but text."""

import io
import os
import re
import tomllib
from pathlib import Path

import pytest
from rich.cells import cell_len

from course.classroom.git_server import telling
from course.classroom.git_server.telling import WIDTH, WORDS, Teller
from course.language import LANGUAGES, Language, speaking
from tests.report import samples

TEXTS = tomllib.loads(Path(telling.__file__).with_name("words.toml").read_text(encoding="utf-8"))


def told(sentence: str, language: Language, **values: object) -> list[str]:
    """Say a sentence; the lines of it."""
    out = io.BytesIO()
    with speaking(language):
        Teller(out).say(sentence, **values)
    return out.getvalue().decode().splitlines()


@pytest.mark.parametrize("sentence", TEXTS)
def test_every_sentence_is_there_in_each_language_with_the_same_places(sentence: str) -> None:
    places = {language: sorted(re.findall(r"{(\w+)", TEXTS[sentence][language])) for language in LANGUAGES}
    assert places["en"] == places["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sentence", sorted(TEXTS.keys() - {"between"}))
def test_no_line_is_wider_than_a_terminal(sentence: str, language: Language) -> None:
    names = {"commit": "c" * 10, "name": "name", "lessons": "t01_quotes", "lesson": "t01_quotes"}
    numbers = {"before": 3, "waiting": 64, "more": 15, "points": 1, "max_points": 2, "most": 10}
    lines = told(sentence, language, **names, **numbers, seconds=1.0, waited=0.5, size=12.3)
    assert max(map(cell_len, lines)) <= WIDTH
    assert not [line for line in lines if line[:1] in "，。：；、）"]  # Chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_push_that_is_superseded_is_told_so_in_one_line(language: Language) -> None:
    assert len(told("superseded", language)) == 1


def test_many_lessons_are_wrapped(tmp_path: Path) -> None:
    lessons = ", ".join(f"t{number:02d}_something" for number in range(24))
    lines = told("not_begun", "en", lessons=lessons)
    assert max(map(len, lines)) <= WIDTH
    assert " ".join(lines) == WORDS["not_begun"].format(lessons=lessons)


@pytest.mark.parametrize(
    "text", ["main\r\x1b[2Kremote: 10 of 10 points", "a\u202eb", "::set-output name=x::y", "x" * 999]
)
def test_a_name_is_text(text: str) -> None:
    out = io.BytesIO()
    Teller(out).about("branch", text)
    said = out.getvalue().decode()
    assert not re.search(r"[\r\x1b\u202e]|^::|x{99}", said)


def test_a_report_is_plain_text_that_fits() -> None:
    out = io.BytesIO()
    Teller(out).report(samples.hostile())
    said = out.getvalue().decode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)
    assert max(map(cell_len, said.splitlines())) <= WIDTH


def test_a_student_who_has_gone_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb", buffering=0) as out:
        Teller(out).say("nothing_changed")
    Teller(out).say("nothing_changed")
