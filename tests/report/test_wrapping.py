"""Chinese prose is broken where Chinese writers break it."""

from io import StringIO
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding

from course.report.wrapping import Prose, breaks

CHINESE = "按答案到达的顺序：答案到达的先后（网络决定）是不一定的。请用 symbols 的顺序排好，再返回 dict。"


def lines(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in pairwise([0, *breaks(text, width), len(text)])]


@pytest.mark.parametrize("width", range(8, 60))
def test_no_line_is_too_wide_and_nothing_is_lost(width: int) -> None:
    found = lines(CHINESE, width)
    assert "".join(found) == CHINESE
    assert all(cell_len(line.rstrip()) <= width for line in found)


@pytest.mark.parametrize("width", range(12, 60))
def test_no_line_begins_with_a_stop_or_ends_with_an_opening_bracket(width: int) -> None:
    found = lines(CHINESE, width)
    assert not any(line[0] in "。，：）" for line in found)
    assert not any(line.rstrip()[-1] == "（" for line in found)


@pytest.mark.parametrize("width", range(12, 60))
def test_words_between_chinese_characters_stay_whole(width: int) -> None:
    assert any("symbols" in line for line in lines(CHINESE, width))


def test_a_word_that_is_wider_than_a_line_is_broken() -> None:
    assert lines("é" + "x" * 25, 10) == ["é" + "x" * 9, "x" * 10, "x" * 6]


def test_chinese_after_a_blank_begins_on_the_same_line() -> None:
    console = Console(file=StringIO(), width=20)
    with console.capture() as capture:
        console.print(Padding(Prose(f"诊断 {CHINESE}"), 0))
    assert capture.get().startswith("诊断 按答案到达的")


def test_english_is_broken_as_ever() -> None:
    console = Console(file=StringIO(), width=12)
    with console.capture() as capture:
        console.print(Prose("one two three four"))
    assert [line.rstrip() for line in capture.get().splitlines()] == ["one two", "three four"]
