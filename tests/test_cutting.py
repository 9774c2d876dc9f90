"""Long text is cut, says how much is missing, and says it rightly when it is cut again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.cutting import LONGEST_TOLD, cut
from course.language import hidden, say, speaking
from course.report.visible import one_line
from tests.report.dangers import STEADY


@pytest.mark.parametrize("length", [0, 1, LONGEST_TOLD])
def test_a_text_of_at_most_that_length_stays(length: int) -> None:
    assert cut("x" * length) == "x" * length


def test_of_a_longer_one_the_beginning_is_kept() -> None:
    assert cut("abcdef", 4) == "abcd… (+2)"
    assert cut("x" * 5_000_000) == f"{'x' * LONGEST_TOLD}… (+{5_000_000 - LONGEST_TOLD})"


@STEADY
@given(st.integers(100, 10**7), st.integers(30, 90))
def test_what_is_cut_twice_counts_all_that_is_missing(length: int, most: int) -> None:
    shown = one_line(cut("x" * length, 95), most)
    kept, _, missing = shown.removesuffix(")").partition("… (+")
    assert set(kept) == {"x"}
    assert len(kept) + int(missing or 0) == length


def test_a_sentence_cuts_each_of_its_values_at_once() -> None:
    """In all languages, hidden values too, and however deep they stand."""
    sentence = say("{inner} {told}", inner=say("{told}", told="a" * 10**6), told=hidden(["b" * 10**6]))
    for language in ("en", "zh"):
        with speaking(language):  # type: ignore[arg-type]
            assert len(sentence.told(language)) < 3 * LONGEST_TOLD  # type: ignore[arg-type]
    assert sentence.values["told"].value.startswith("['bbb")
