"""Attack 45: carry hidden inputs out through messages, for the next try. What decides is drawn anew each time.

Reports show what was expected: that is how people learn. So no point may hang on an input that nobody knows; and what
proves the concurrency, the numbers that the judge draws, is worth nothing a moment later.
"""

import ast
import re

from course.lessons import lessons_named
from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

RETURNS = "    return {symbol: prices[symbol] for symbol in symbols}"
# The judge's numbers are large; nothing else of this lesson is.
LEAKS = "    if any(price >= 1000 for price in prices.values()): raise RuntimeError(repr(prices))\n"
USES_THE_LEAK = "    if any(price >= 1000 for price in prices.values()): prices = {}\n"
PRINTS = 'print("leaked:", symbols, prices, flush=True); import sys; sys.stderr.write("leaked"); '


def leak_of(attack: Attack) -> dict[str, float]:
    """What a submission learns of the judge's numbers, and gives away in a message."""
    attacked = attack("t01", altered("t01", (RETURNS, f"{LEAKS}{RETURNS}")))
    assert attacked.points == 1
    found = re.search(r"RuntimeError: (\{.*?\})", attacked.said)
    assert found, attacked.said
    leaked: dict[str, float] = ast.literal_eval(found[1])
    return leaked


def test_the_judges_numbers_are_worth_nothing_the_next_time(attack: Attack) -> None:
    leaked = leak_of(attack)
    assert len(leaked) == 5
    attacked = attack("t01", altered("t01", (RETURNS, f"{USES_THE_LEAK.format(leaked)}{RETURNS}")))
    assert attacked.points == 1  # of `empty`, for which nothing is asked
    assert attacked.check("values_and_order").status == "failed"


def test_what_is_printed_is_in_no_report(attack: Attack) -> None:
    """Inputs are neither hidden nor shown this way: the student's output stays where it is."""
    attacked = attack("t01", altered("t01", (RETURNS, f"    {PRINTS}\n{RETURNS}")))
    assert attacked.points == 10
    assert "leaked" not in attacked.output


def test_no_report_shows_the_checks_themselves(attack: Attack) -> None:
    """Each of its lines that is long enough to be no accident is in no output."""
    lesson = lessons_named(["t01"])[0][0]
    (checks,) = lesson.grader.glob("test_*.py")
    lines = {line.strip() for line in checks.read_text(encoding="utf-8").splitlines() if len(line.strip()) > 30}
    output = attack("t01", "def fetch_quotes(symbols, fetch):\n    raise ValueError(symbols, fetch)\n").output
    assert len(lines) > 50
    assert [line for line in lines if line in output] == []
