"""Output: a run may print a lot, of which only the end is kept; without end it may not."""

import errno
import time
from io import StringIO

import pytest

from course.lab.output import KEPT, MOST, MOST_AT_ONCE, Output


def test_what_is_printed_is_kept() -> None:
    output = Output()
    print("one", 2, file=output)
    print("three", file=output)
    assert output.tail() == output.getvalue() == "one 2\nthree\n"


def test_of_a_flood_the_end_is_kept() -> None:
    """However it comes: in many lines, or in one."""
    output = Output()
    for number in range(100_000):
        print(f"line {number}", file=output)
    assert output.tail().endswith("line 99998\nline 99999\n")
    assert len(output.tail()) == KEPT
    assert len(output.getvalue()) <= MOST_AT_ONCE + KEPT
    output.write("x" * (1 << 20))
    assert output.tail() == "x" * KEPT


def test_a_run_that_prints_more_than_its_most_is_told_so() -> None:
    """As by a disk that is full; the next run begins with nothing."""
    output, line = Output(), "x" * (MOST // 4)
    for _ in range(4):
        assert output.write(line) == len(line)
    with pytest.raises(OSError, match="characters were printed") as caught:
        output.write("y" * (MOST_AT_ONCE + 1))
    assert caught.value.errno == errno.ENOSPC
    output.clear()
    assert output.write(line) == len(line)


def test_a_closed_output_has_no_end_any_more() -> None:
    output = Output()
    output.close()
    assert output.tail() == ""
    with pytest.raises(ValueError, match="closed"):
        print("more", file=output)


def test_only_text_is_printed() -> None:
    for nothing in (b"bytes", 7, None):
        with pytest.raises(TypeError):
            Output().write(nothing)  # type: ignore[arg-type]


def test_printing_costs_little() -> None:
    """Beside what Python's own buffer takes for the same lines."""

    def seconds(output: StringIO) -> float:
        began = time.thread_time()
        for _ in range(20_000):
            print("a line of a program that prints a lot", file=output)
        return time.thread_time() - began

    own = min(seconds(StringIO()) for _ in range(3))
    assert min(seconds(Output()) for _ in range(3)) < 10 * own
