"""Attack 2: `SystemExit` and its like at import, in a call, a thread, a task. They are caught, and named."""

import pytest

from tests.attacks.conftest import Attack

AT_IMPORT = "import sys\n{}\ndef fetch_quotes(symbols, fetch):\n    return {{}}\n"
IN_A_CALL = "import sys\ndef fetch_quotes(symbols, fetch):\n    {}\n"
IN_A_THREAD = """
import sys, threading
def fetch_quotes(symbols, fetch):
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    return {}
"""
IN_A_TASK = """
import asyncio, sys
async def health_report(probes, limit=None):
    async def leave():
        sys.exit(0)
    await asyncio.gather(*(leave() for _ in range(3)))
"""
IN_A_PROCESS = """
import sys
def grep(lines, pattern, workers, chunk):
    sys.exit(0)
def map_chunks(func, items, workers, chunk):
    raise KeyboardInterrupt
class BatchFailed(Exception):
    pass
"""


def test_at_import(attack: Attack) -> None:
    attacked = attack("t01", AT_IMPORT.format("sys.exit(0)"))
    assert attacked.points == 0
    assert attacked.lesson.problem == "quotes.py cannot be imported, line 2: SystemExit: 0"


@pytest.mark.parametrize(
    ("leave", "named"),
    [
        ("sys.exit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise type('Out', (BaseException,), {})", "Out"),
    ],
)
def test_in_a_call(attack: Attack, leave: str, named: str) -> None:
    attacked = attack("t01", IN_A_CALL.format(leave))
    assert attacked.points == 0
    failure = attacked.check("values_and_order").failure
    assert failure is not None
    assert (failure.expected, failure.got) == ("no exception comes out of your code here", named)


def test_in_a_task(attack: Attack) -> None:
    """The event loop lets `SystemExit` through, whoever waits."""
    attacked = attack("a17", IN_A_TASK)
    assert attacked.points == 0
    assert "no exception comes out of your code here SystemExit: 0" in attacked.said


def test_in_real_mode(attack: Attack) -> None:
    attacked = attack("p13", IN_A_PROCESS)
    assert attacked.points == 0
    assert "no exception comes out of your code here SystemExit: 0" in attacked.said


def test_in_a_thread_it_ends_that_thread_alone(attack: Attack) -> None:
    """As it does in Python: what remains of the module has the point for an empty list, and no other."""
    attacked = attack("t01", IN_A_THREAD)
    assert [check.id for check in attacked.lesson.checks if check.status == "passed"] == ["empty"]
    assert attacked.points == attacked.check("empty").points
