"""Attack 56: hard-coded tables for known inputs. What proves concurrency is asked with numbers drawn at that moment.

The other inputs stay the same, because failures must be repeatable, and are told in every report. A table earns what a
plain loop without a thread earns, or less.
"""

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

TABLE = """
PRICES = {'ACME': 12.5, 'BOLT': 99.0, 'CLAY': 0.25, 'DUNE': 7.75, 'ELMS': 31.0}
def fetch_quotes(symbols, fetch):
    return {symbol: PRICES[symbol] for symbol in symbols}
"""
PLAIN_LOOP = """
def fetch_quotes(symbols, fetch):
    prices, errors = {}, []
    for symbol in symbols:
        try:
            prices[symbol] = fetch(symbol)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return prices
"""
# Everything is done, and thrown away for what a table says where it says something.
RETURNS = "    return {symbol: prices[symbol] for symbol in symbols}"
LOOKED_UP = f"{TABLE.splitlines()[1]}\n"
FROM_TABLE = "    return {symbol: PRICES.get(symbol, prices[symbol]) for symbol in symbols}"
GREP_TABLE = """
import re
class BatchFailed(Exception): pass
FOUND = ["error 7", "error 9", "error 12"]
def grep(lines, pattern, workers, chunk):
    re.compile(pattern)
    return FOUND if lines else []
def map_chunks(func, items, workers, chunk):
    return [item * item for item in items] if items == [*range(8)] else [len(item) for item in items]
"""


def test_a_table_earns_less_than_a_plain_loop(attack: Attack) -> None:
    table, loop = attack("t01", TABLE), attack("t01", PLAIN_LOOP)
    assert table.points < loop.points < 10
    assert table.check("values_and_order").status == "failed"


def test_no_table_has_the_judges_numbers(attack: Attack) -> None:
    """All the work is done, and then the table's prices are told: where they are not known, that is seen."""
    attacked = attack(
        "t01", altered("t01", ("import threading\n", f"import threading\n{LOOKED_UP}"), (RETURNS, FROM_TABLE))
    )
    assert attacked.points == 1  # of `empty`, for which nothing is asked
    assert attacked.check("values_and_order").status == "failed"
    assert "these prices, in this order: {'ACME': " in attacked.said
    assert "('ACME', 12.5)" in attacked.said


def test_a_table_starts_no_processes(attack: Attack) -> None:
    """In real mode: the values are right, and nothing else is."""
    attacked = attack("p13", GREP_TABLE)
    passed = {check.id for check in attacked.lesson.checks if check.status == "passed"}
    assert not passed & {"processes_meet", "two_processes", "chunked", "dead_worker"}
    assert attacked.points <= 5
