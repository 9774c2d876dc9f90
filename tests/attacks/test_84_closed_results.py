"""Attack 84: close the results and live on, or leave them to a daemon. The process is watched, not only the pipe."""

import pytest

from course.judge import workers
from tests.attacks.conftest import Attack

CLOSE = "import os\nos.closerange(3, 500)\n"
ENDS = {
    "a loop": "while True:\n    pass\n",
    "an exit": "os._exit(0)\n",
}
DAEMON = """
import os, time
if os.fork():
    os._exit(0)
os.setsid()
time.sleep(600)
"""


@pytest.mark.parametrize("end", ENDS)
def test_a_closed_pipe_is_no_result(attack: Attack, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(workers, "LAST_SECONDS", 0.1)
    attacked = attack("t01", CLOSE + ENDS[end] + "def fetch_quotes(symbols, fetch):\n    return {}\n")
    assert attacked.points == 0
    assert "your code" in attacked.said


def test_a_daemon_that_keeps_the_pipe_keeps_nobody_waiting(attack: Attack) -> None:
    attacked = attack("p13", DAEMON + "def grep(lines, pattern, workers, chunk):\n    return []\n")
    assert attacked.points == 0
    assert "your code ended the process (exit status 0) before it gave its result" in attacked.said
