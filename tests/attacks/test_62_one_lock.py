"""Attack 62: one lock around everything: right, but nothing runs at the same time. How many calls overlap is seen."""

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

# All worker processes of a case share one file.
ALONE = """
import fcntl, functools, os, tempfile

def _alone(func, item):
    with open(os.path.join(tempfile.gettempdir(), "one-at-a-time"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return func(item)
"""


def test_threads_that_wait_for_one_lock_are_no_concurrency(attack: Attack) -> None:
    """All but the three points for calls at the same time are honest."""
    source = altered(
        "t01",
        ("import threading\n", "import threading\none_at_a_time = threading.RLock()\n"),
        (
            "            prices[symbol] = fetch(symbol)",
            "            with one_at_a_time: prices[symbol] = fetch(symbol)",
        ),
    )
    attacked = attack("t01", source)
    assert attacked.points == 7
    assert attacked.check("all_in_flight").status == "failed"
    assert (
        "5 calls of fetch going on at the same time at most 1 at the same time, so that it took 5.0 s" in attacked.said
    )


def test_processes_that_wait_for_one_file_never_meet(attack: Attack) -> None:
    """All but the two points for processes at work at the same time are honest."""
    source = altered(
        "p13",
        ("import re\n", f"import re\n{ALONE}"),
        ("pool.map(func, items, chunksize=chunk)", "pool.map(functools.partial(_alone, func), items, chunksize=chunk)"),
    )
    attacked = attack("p13", source)
    assert attacked.points == 8
    assert attacked.check("processes_meet").status == "failed"
    assert "two worker processes inside func at the same time never more than 1 at once" in attacked.said
