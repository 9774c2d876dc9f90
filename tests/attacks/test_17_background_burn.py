"""Attack 17: burn processor time in the background, to slow down what follows. It counts, and ends with its case."""

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, with_first

BURN = "def burn():\n    while True:\n        pass\n"
DAEMON = BURN + "threading.Thread(target=burn, daemon=True).start()"
FORKED = """
import os
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                pass
        os._exit(0)
    os.wait()
"""
# What it was given, and whether it can have more.
ASKS_FOR_MORE = """
import resource
given = resource.getrlimit(resource.RLIMIT_CPU)
try:
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (OSError, ValueError) as error:
    raise ValueError(f"{given} seconds, {error}") from None
"""


def test_burning_processes_end_with_each_case(attack: Attack) -> None:
    """The results count; of what burns, nothing is left when the next case begins."""
    attacked = attack("p13", at_import("p13", FORKED))
    assert attacked.points == attacked.lesson.max_points


def test_a_burning_thread_is_found_in_virtual_time(attack: Attack) -> None:
    attacked = attack("t01", with_first("t01", "prices: dict", DAEMON))
    assert [check.id for check in attacked.lesson.checks if check.status != "passed"] == ["no_threads_left"]
    assert "1 still running: Thread-1 (burn)" in attacked.said


def test_each_process_has_its_limit_and_cannot_raise_it(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", ASKS_FOR_MORE))
    assert attacked.points == 0
    assert "ValueError: (30, 31) seconds, not allowed to raise maximum limit" in attacked.said
