"""Attack 7: a double fork, to slow down or spy on later checks. Nothing survives a case."""

from tests.attacks.conftest import Attack

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)

def grep(lines, pattern, workers, chunk):
    return []

def map_chunks(function, items, workers, chunk):
    return []
"""


def test_a_daemon_ends_with_its_case(attack: Attack) -> None:
    """In real mode, where processes may be started."""
    assert attack("p13", DAEMON).points == 0


def test_a_simulated_lesson_cannot_fork_at_all(attack: Attack) -> None:
    attacked = attack("t01", "import os\nos.fork()\n" + "def fetch_quotes(symbols, fetch):\n    return {}\n")
    assert attacked.points == 0
    assert "starting a process" in attacked.said
