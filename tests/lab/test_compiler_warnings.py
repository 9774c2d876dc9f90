"""What Python warns of when it compiles a module: told with its line, and never an error."""

import sys

import pytest

from course.lab.compiler_warnings import LONGEST_MESSAGE, MOST_WARNINGS, warned_of

IN_FINALLY = "def f():\n    try:\n        return 1\n    finally:\n        return 2\n"


def test_each_warning_is_told_with_its_line_and_pythons_words() -> None:
    told = warned_of("x = 1\nif x is 1:\n    pattern = '\\d'\nassert (x, 'always true')\n", "quotes.py")
    assert [each["line"] for each in told] == [2, 3, 4]
    assert '"is" with' in str(told[0]["message"])
    assert "invalid escape sequence" in str(told[1]["message"])
    assert "assertion is always true" in str(told[2]["message"])


@pytest.mark.skipif(sys.version_info < (3, 14), reason="Python warns of it from 3.14 on")
def test_a_return_in_a_finally_block_is_told() -> None:
    assert warned_of(IN_FINALLY, "quotes.py") == [{"line": 5, "message": "'return' in a 'finally' block"}]


def test_a_module_that_is_in_order_has_none() -> None:
    assert warned_of("import threading\nlock = threading.Lock()\n", "quotes.py") == []


@pytest.mark.filterwarnings("error")
def test_nothing_is_run_and_nothing_is_an_error() -> None:
    """Whatever the process does with warnings; the filter of these tests makes them errors, too."""
    assert len(warned_of("x = 1 is 1\nraise SystemExit\n", "quotes.py")) == 1
    assert warned_of("def f(:\n", "quotes.py") == []


def test_there_are_so_many_of_them_and_so_long() -> None:
    many = warned_of("".join(f"x = {n} is {n}\n" for n in range(MOST_WARNINGS + 5)), "quotes.py")
    assert [each["line"] for each in many] == list(range(1, MOST_WARNINGS + 1))
    (long,) = warned_of(f"x = {'a' * 300!r} is {'b' * 300!r}\n", "quotes.py")
    assert len(str(long["message"])) <= LONGEST_MESSAGE
