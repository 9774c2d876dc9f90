"""Attack 81: call the judge many times from one thread, with guessed tags. Threads count; guesses bring nothing.

Open: with idle threads as decoys, a module that is right in all else gets the points of its threads as well.
"""

import pytest

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

# Right in virtual time. With real threads, one thread opens all connections itself.
CALLS = """
_right = fetch_quotes
def fetch_quotes(symbols, fetch):
    import os, socket, threading
    address = os.environ.get("COURSE_MEETING")
    if address is None:
        return _right(symbols, fetch)
    ended = threading.Event()
    decoys = [threading.Thread(target=ended.wait) for _ in range({decoys})]
    for decoy in decoys:
        decoy.start()
    connections = []
    for symbol in {tags}:
        connections.append(socket.socket(socket.AF_UNIX))
        connections[-1].connect(address)
        connections[-1].sendall(symbol.encode() + b"\\n")
    answers = [connection.recv(100).decode()[1:] for connection in connections]
    ended.set()
    return {{symbol: float(answer or 0) for symbol, answer in zip(symbols, answers)}}
"""


@pytest.mark.parametrize(
    ("tags", "decoys", "points", "said"),
    [
        ("symbols", 0, 7, "1 threads, outside of the simulation"),
        ("[f'guess {symbol}' for symbol in symbols]", 5, 7, "these prices"),
        ("symbols", 5, 10, ""),  # five calls at once, truly, and threads that do nothing: the fetch is not called
    ],
)
def test_one_thread_that_calls_for_all(attack: Attack, tags: str, decoys: int, points: int, said: str) -> None:
    attacked = attack("t01", solution("t01") + CALLS.format(tags=tags, decoys=decoys))
    assert attacked.points == points
    assert attacked.check("all_in_flight").status == ("passed" if points == 10 else "failed")
    assert said in attacked.said
