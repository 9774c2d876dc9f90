"""Tokens: a schedule in a word, read back exactly, and a sentence for whatever is none."""

import random

import pytest

from course.judge.records import NUMBERS_END
from course.judge.tokens import LONGEST, Token, TokenError, scenario_hash, token_of

LARGEST = NUMBERS_END - 1
TOKEN = "t09.counts_not_lost.3f2a.1-1c-2_2-9-1"
ARGUMENTS = {"texts": {"a": "b"}, "workers": 2}
CASE = {"scenario": "rewrite", "arguments": ARGUMENTS, "any_order": False, "seed": 7, "source": "x = 1"}


def test_a_token_names_lesson_check_scenario_and_choices() -> None:
    assert token_of(TOKEN) == Token("t09", "counts_not_lost", "3f2a", ((1, 48, 2), (2, 9, 1)))


def test_without_choices_it_names_the_plain_schedule() -> None:
    assert str(Token("t01", "empty", "00ff", ())) == "t01.empty.00ff.0"
    assert token_of("t01.empty.00ff.0").choices == ()


@pytest.mark.parametrize(
    "choices",
    [(), ((0, 0, 0),), ((LARGEST, LARGEST, LARGEST),), ((35, 36, 37), (1295, 1296, 0)), ((1, 2, 1_000),) * 150],
    ids=["none", "zeros", "largest", "around a digit's end", "many"],
)
def test_what_is_written_is_read_back(choices: tuple[tuple[int, int, int], ...]) -> None:
    token = Token("t09", "counts_not_lost", "3f2a", choices)
    assert token.is_short
    assert token_of(str(token)) == token


def test_any_choices_are_read_back() -> None:
    draw = random.Random(1)
    for _ in range(500):
        choices = tuple(
            (draw.randrange(2 ** draw.randrange(32)), draw.randrange(2**20), draw.randrange(40))
            for _ in range(draw.randrange(20))
        )
        token = Token("t01", "x", "abcd", tuple((a % NUMBERS_END, b, c) for a, b, c in choices))
        assert token_of(str(token)) == token


def test_blanks_around_a_copied_token_do_no_harm() -> None:
    assert token_of(f"  {TOKEN}\n") == token_of(TOKEN)


def test_a_token_too_long_to_be_read_is_not_called_short() -> None:
    """What a report shows can be replayed."""
    long = Token("t09", "counts_not_lost", "3f2a", ((1, 1, 1),) * 400)
    assert not long.is_short
    with pytest.raises(TokenError):
        token_of(str(long))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nonsense",
        "...",
        "t09.counts_not_lost.3f2a",
        "t09.counts_not_lost.3f2a.",
        ".counts_not_lost.3f2a.0",
        "t09..3f2a.0",
        f"{TOKEN}.1",
        f"t09.counts_not_lost.3f2a.{'1-1-1_' * LONGEST}1-1-1",
        "\N{FULLWIDTH FULL STOP}" * 3,
        "\udcff\x1b[31m\0",
        "1" * 10**6,
    ],
    ids=lambda text: ascii(text[:24]),
)
def test_what_does_not_look_like_a_token_is_told_how_one_looks(text: str) -> None:
    with pytest.raises(TokenError, match="a token looks like t09") as caught:
        token_of(text)
    assert_is_a_sentence(str(caught.value))


@pytest.mark.parametrize(
    "choices",
    [
        "1",
        "1-2",
        "1-2-3-4",
        "1-2-",
        "-1-2-3",
        "1--2-3",
        "1-2-3_",
        "_1-2-3",
        "1-2-3__1-2-3",
        "+1-2-3",
        "1-2-3 _1-2-3",
        "1-2-\u0663",  # an Arabic digit, which `int` would take for 3
        "1-2-3\N{FULLWIDTH DIGIT ONE}",
        "1-2-\N{SUPERSCRIPT TWO}",
        "1-2-C",
        "0-0-*",
        "00",
        "1-1c-2_2-9-",
        "1-zzzzzzz-2",
        f"1-{'z' * 1_900}-2",
        "\udcff-1-1",
    ],
    ids=ascii,
)
def test_damage_behind_the_third_dot_is_told(choices: str) -> None:
    """Each in one sentence; no number gets through that no run could have, however it is written."""
    with pytest.raises(TokenError, match="is damaged after its third dot; copy it once more") as caught:
        token_of(f"t09.counts_not_lost.3f2a.{choices}")
    assert_is_a_sentence(str(caught.value))


def assert_is_a_sentence(text: str) -> None:
    """One line that a terminal can show, and not as long as what somebody has pasted."""
    assert text.isascii()
    assert text.isprintable()
    assert text.endswith(".")
    assert len(text) < 200


def test_the_first_number_too_large_is_refused() -> None:
    assert token_of(str(Token("t", "c", "s", ((LARGEST, 0, 0),)))).choices == ((LARGEST, 0, 0),)
    with pytest.raises(TokenError):
        token_of(str(Token("t", "c", "s", ((NUMBERS_END, 0, 0),))))


def test_scenarios_are_told_apart_by_what_runs_in_them() -> None:
    """Neither the submission nor the number of schedules changes the name: a repaired file can be replayed."""
    same = {**CASE, "seed": 8, "source": "y = 2", "budget": 60}
    assert scenario_hash(CASE) == scenario_hash(same)
    names = {
        scenario_hash(case)
        for case in (
            CASE,
            {**CASE, "scenario": "other"},
            {**CASE, "arguments": {}},
            {**CASE, "arguments": {"texts": {"a": "b"}, "workers": 3}},
            {**CASE, "any_order": True},
        )
    }
    assert len(names) == 5


def test_the_order_of_arguments_does_not_matter() -> None:
    turned = {"workers": 2, "texts": {"a": "b"}}
    assert scenario_hash({**CASE, "arguments": turned}) == scenario_hash(CASE)
