"""Characters that do something are shown, all others stay as they are."""

import pytest
from hypothesis import given

from course.report.visible import one_line, several_lines
from tests.report.dangers import ORDINARY, STEADY, TEXTS, dangers_in


@STEADY
@given(TEXTS)
def test_no_text_does_anything_but_being_seen(text: str) -> None:
    """Control, bidi, invisible and piled up characters; commands are the business of finished lines."""
    for shown in (one_line(text), several_lines(text)):
        assert [danger for danger in dangers_in(shown) if not danger.startswith("the command")] == []
    assert "\n" not in one_line(text)


@STEADY
@given(TEXTS)
def test_what_is_visible_already_stays(text: str) -> None:
    """A text may pass more than one of our gates."""
    assert one_line(one_line(text)) == one_line(text)
    assert several_lines(several_lines(text)) == several_lines(text)


@STEADY
@given(TEXTS)
def test_no_text_is_longer_than_its_limit(text: str) -> None:
    """However long its characters become."""
    assert len(one_line(text, 40)) <= 40
    assert len(several_lines(text * 9, 90)) <= 90
    assert several_lines(text * 99).count("\n") < 12


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_not_changed(text: str) -> None:
    """Code, Chinese, accents in their number, emoji."""
    assert one_line(text) == several_lines(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u0301a", "\\u0301a"),
        ("a\n\u0301b", "a\n\\u0301b"),
        ("a\u0301\u0301\u0301\u0301b", "a\u0301\u0301\u0301\\u0301b"),
        ("❤\ufe0f\ufe0fx", "❤\ufe0f\\ufe0fx"),
        ("a\u3164b\u2800c", "a\\u3164b\\u2800c"),
        ("a\U000e0101b\U000e0041", "a\\U000e0101b\\U000e0041"),
        ("ignore\u200ball\u202e", "ignore\\u200ball\\u202e"),
        ("\ud800\x9b31m\x1b]8;;", "\\ud800\\x9b31m\\x1b]8;;"),
    ],
)
def test_what_does_something_is_shown_by_its_number(text: str, shown: str) -> None:
    """An accent has to have a letter of its own text below it; one selector says which emoji is meant."""
    assert several_lines(text) == shown
