"""What is missing in a lesson's sentences, and which hidden values show: authors of lessons are told."""

import pytest

from course.judge.told_well import shown_inputs, untranslated
from course.language import Sentence, hidden, say
from course.lessons import Lesson, lessons_named
from course.report.model import Bar, LessonResult, TimeLine
from tests.report import samples

INPUTS = [({"QUUX": 12.75}, ["XYZZY"], True, 3)]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    (found,), _ = lessons_named(["t01"])
    return found


def result(**failure: object) -> LessonResult:
    said = {name: Sentence(name, "中文") for name in ("expected", "got", "why", "hint")}
    check = samples.check("empty", "failed", says=Sentence("a", "中"), failure=samples.failure(**(said | failure)))
    return samples.lesson(check, title=Sentence("b", "文"))


def test_a_result_in_all_languages_has_no_problem() -> None:
    assert untranslated(result()) == set()


def test_a_text_that_is_no_sentence_is_named() -> None:
    assert untranslated(result(got="2 calls")) == {"not a sentence made with say(): 2 calls"}


def test_a_sentence_without_chinese_is_named_also_within_another() -> None:
    whole = Sentence("got {what}", "得到 {what}", {"what": say("nobody says {this}", this="QUUX")})
    assert untranslated(result(got=whole)) == {"not in Chinese: nobody says {this}"}


def test_a_sentence_of_values_alone_needs_no_chinese() -> None:
    assert untranslated(result(got=say("{kind}: {value}", kind="KeyError", value=3))) == set()


def test_an_input_that_shows_is_named(lesson: Lesson) -> None:
    shown = result(expected=Sentence("the price of QUUX", "中文"))
    assert shown_inputs(shown, lesson, "", INPUTS) == {"students see 'QUUX' in: the price of QUUX"}
    assert shown_inputs(result(expected=say("{s:g} s", s=12.75)), lesson, "", INPUTS) == {
        "students see '12.75' in: 12.75 s"
    }


def test_hidden_and_told_inputs_do_not_show(lesson: Lesson) -> None:
    line = TimeLine(bars=(Bar(lane="main", label="fetch XYZZY", start=0.0, end=12.75),) * 2, seconds=12.75)
    shown = result(expected=say("{it}", it=hidden("QUUX")), got=say("{it}", it="XYZZY 12.75"), time_line=line)
    assert shown_inputs(shown, lesson, "", INPUTS) == set()


def test_a_part_of_a_longer_word_is_no_input(lesson: Lesson) -> None:
    assert shown_inputs(result(expected=Sentence("QUUXES 112.75", "中文")), lesson, "", INPUTS) == set()


def test_an_input_of_public_words_alone_may_show(lesson: Lesson) -> None:
    """Such words are shown wherever a run tells them, in whatever order they stand."""
    shown = result(got=say("{it}", it="fetch 3.join"))
    assert shown_inputs(shown, lesson, "", [({}, ["fetch 3.join"])]) == set()
