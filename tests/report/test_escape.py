"""Text that must stay whole, among parts that are cut to the width of the terminal."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from course.report.escape import Tidy, Whole, harmless
from tests.report import samples


def printed(*parts: object, width: int) -> list[str]:
    """Print the parts below each other."""
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(Tidy(*parts), crop=False)  # type: ignore[arg-type]
    return file.getvalue().splitlines()


@pytest.mark.parametrize(
    ("width", "lines"),
    [(14, ["again    12345"]), (13, ["again", "12345"]), (5, ["again", "12345"]), (3, ["again", "12345"])],
)
def test_whole_text_moves_below_its_head_before_it_would_be_cut(width: int, lines: list[str]) -> None:
    """Exactly as wide as the terminal still fits."""
    assert printed(Whole("again    ", "12345"), width=width) == lines


def test_all_else_is_cut_to_the_width() -> None:
    """Parts before and after keep their own lines."""
    parts = (Text("before", no_wrap=True, overflow="ellipsis"), Whole("x ", "123456789"), Text("after"))
    assert printed(*parts, width=5) == ["befo…", "x", "123456789", "after"]


def test_head_of_whole_text_is_dim_and_the_text_is_not() -> None:
    """Like the rows around it."""
    file = io.StringIO()
    console = Console(file=file, width=20, force_terminal=True, color_system="standard")
    console.print(Tidy(Whole("again ", "12345")), crop=False)
    assert file.getvalue() == "\x1b[2magain \x1b[0m12345\n"


def test_signs_that_the_console_lacks_are_replaced_in_whole_text_too() -> None:
    """A token has none, but nothing may end a report with an error."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=file, width=20, color_system=None).print(Tidy(Whole("✓ ", "价")), crop=False)
    file.seek(0)
    assert file.read() == "v ?\n"


def test_the_longest_token_is_not_shortened() -> None:
    """Two thousand characters, as the judge makes them at most."""
    token = "t09.counts_not_lost.3f2a." + "1" * 1975
    assert harmless(samples.failure(token=token)).token == token
