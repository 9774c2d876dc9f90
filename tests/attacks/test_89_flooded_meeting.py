"""Attack 89: flood the meeting with calls, long tags, silence. It takes so many; only the flooder loses."""

import pytest

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

FLOOD = """
_right = fetch_quotes
def fetch_quotes(symbols, fetch):
    import os, socket
    address = os.environ.get("COURSE_MEETING")
    kept = []
    for number in range(300 if address else 0):
        try:
            kept.append(socket.socket(socket.AF_UNIX))
            kept[-1].settimeout(5)
            kept[-1].connect(address)
            kept[-1].sendall({said})
        except OSError:
            pass
    return _right(symbols, fetch)
"""


@pytest.mark.parametrize("said", ['b"x" * 100_000', 'b""', 'b"ACME\\n"', 'b"\\xff\\x00\\n"'])
def test_a_flooded_meeting_costs_the_flooder_what_is_proved_there(attack: Attack, said: str) -> None:
    """The arena grades an honest submission at the same time, with a meeting of its own."""
    attacked = attack("t01", solution("t01") + FLOOD.format(said=said))
    assert attacked.points == 1  # of `empty`, for which nobody is asked
    assert attacked.check("values_and_order").status == "failed"
