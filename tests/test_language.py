"""Sentences in all languages, and the language that is spoken."""

import threading
from pathlib import Path

import pytest

from course.language import (
    EVERYTHING,
    Sentence,
    View,
    Words,
    as_it_is,
    hidden,
    language_of,
    said_by_the_lab,
    said_together,
    say,
    speaking,
    spoken,
)

STUDENT = View(of_run=lambda text: text.replace("ACME", "…"), gives=lambda text: text == "in the lesson")


def calls(count: int, name: str) -> Sentence:
    return Sentence("{count} calls of {name}", "调用 {name} {count} 次", {"count": count, "name": name})


def test_a_sentence_is_its_english_text() -> None:
    sentence = calls(3, "fetch")
    assert sentence == "3 calls of fetch"
    assert sentence.told("en") == "3 calls of fetch"
    assert sentence.told("zh") == "调用 fetch 3 次"


def test_what_is_not_translated_is_told_in_english() -> None:
    assert say("no catalogue has this {thing}", thing="text").told("zh") == "no catalogue has this text"


def test_sentences_within_sentences_are_told_in_the_same_language() -> None:
    whole = Sentence("got: {what}", "实际：{what}", {"what": calls(2, "load")})
    assert whole == "got: 2 calls of load"
    assert whole.told("zh") == "实际：调用 load 2 次"
    assert said_together([calls(1, "a"), calls(2, "b")]).told("zh") == "调用 a 1 次；调用 b 2 次"
    assert said_together(["x", "y"], ", ").told("zh") == "x、y"
    assert said_together(["x", "y"], ", ") == "x, y"


def test_hidden_values_are_shown_where_the_view_gives_them() -> None:
    sentence = say("expected {one} and {other}", one=hidden(["ACME"]), other=hidden("in the lesson"))
    assert sentence == "expected ['ACME'] and in the lesson"
    assert sentence.told("en", STUDENT) == "expected … and in the lesson"


def test_numbers_are_shown_and_what_a_run_has_told_is_looked_at() -> None:
    sentence = say("{count} of {seconds:.1f} s: {told}", count=20, seconds=1.25, told=ValueError("ACME is away"))
    assert sentence.told("en", STUDENT) == "20 of 1.2 s: … is away"
    assert sentence.told("en", EVERYTHING) == "20 of 1.2 s: ACME is away"


@pytest.mark.parametrize("text", ["{", "a {name} b", "{0} }"])
def test_a_text_that_is_no_template_is_told_as_it_is(text: str) -> None:
    """Whatever a student has named or printed is never a template."""
    assert as_it_is(text) == text
    assert as_it_is(text, text).told("zh") == text
    assert say("{told}", told=text) == text
    assert said_by_the_lab(text, text) == f"{text} ({text})"


def test_what_the_lab_refuses_is_known_by_its_text() -> None:
    assert said_by_the_lab("sending a signal", "os.kill").told("zh") == "发送信号（os.kill）"


def test_words_are_those_of_the_language_that_is_spoken(tmp_path: Path) -> None:
    file = tmp_path / "words.toml"
    file.write_text('total.en = "total"\ntotal.zh = "合计"\nonly.en = "only"\n', encoding="utf-8")
    words = Words(file)
    with speaking("zh"):
        assert (words["total"], words["only"]) == ("合计", "only")
        with speaking("en"):
            assert words["total"] == "total"
        assert spoken() == "zh"
    assert words["total"] == "total"
    assert set(words) == {"total", "only"}


def test_each_thread_speaks_its_own_language() -> None:
    heard = []
    with speaking("zh"):
        thread = threading.Thread(target=lambda: heard.append(spoken()))
        thread.start()
        thread.join()
    assert heard == ["en"]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh", "LC_ALL": ""}, "zh"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_environment_names_a_language_as_posix_says(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language
