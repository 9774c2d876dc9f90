"""Attack 81: call the judge many times from one thread, with decoys for the threads. The kernel says who waits for him.

Open: where the kernel does not tell a judge what threads wait for (other systems than Linux, a /proc that hides them),
decoys count; so they do while a thread of the module computes without end, in which nobody falls asleep.
"""

import pytest

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

# Right in virtual time. With real threads, one thread opens all connections itself, and carries all answers over.
CALLS = """
_right = fetch_quotes
def fetch_quotes(symbols, fetch):
    import os, select, socket, threading
    address = os.environ.get("COURSE_MEETING")
    if address is None:
        return _right(symbols, fetch)
    ended = threading.Event()
    pairs = [socket.socketpair() for _ in range({decoys})]
    def waits(pair):
        {waits}
    decoys = [threading.Thread(target=waits, args=(pair,)) for pair in pairs]
    for decoy in decoys:
        decoy.start()
    connections = []
    for symbol in {tags}:
        connections.append(socket.socket(socket.AF_UNIX))
        connections[-1].connect(address)
        connections[-1].sendall(symbol.encode() + b"\\n")
    answers = []
    for connection in connections:
        {listens}
        answers.append(connection.recv(100).decode()[1:])
    ended.set()
    for pair, decoy in zip(pairs, decoys):
        pair[1].close()
        decoy.join()
    for answer in answers:
        if answer.startswith("no price"):
            raise LookupError(answer)
    return {{symbol: float(answer or 0) for symbol, answer in zip(symbols, answers)}}
"""
IDLE, LISTENING = "ended.wait()", "pair[0].recv(1)"
POLLS = "poll = select.poll(); poll.register(connection); poll.poll()"


def calls(*, tags: str = "symbols", decoys: int = 0, waits: str = IDLE, listens: str = "pass") -> str:
    """A module that is right but for real threads."""
    return solution("t01") + CALLS.format(tags=tags, decoys=decoys, waits=waits, listens=listens)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (calls(), "1 threads, outside of the simulation"),
        (calls(decoys=5), "5 calls of fetch waited on 1 threads, outside of the simulation"),
        (calls(decoys=5, waits=LISTENING), "5 calls of fetch waited on 1 threads, outside of the simulation"),
        (calls(decoys=5, waits=LISTENING, listens=POLLS), "calls of fetch waited on 0 threads, outside"),
    ],
    ids=["no decoys", "idle decoys", "decoys that wait for an answer", "and a first thread that does not"],
)
def test_one_thread_that_calls_for_all_loses_what_is_about_threads(attack: Attack, module: str, said: str) -> None:
    """All the rest it does: it carries over what the judge has told, in order."""
    attacked = attack("t01", module)
    assert attacked.lost == ["all_in_flight", "off_main_thread"]
    assert attacked.points == 6
    assert said in attacked.said


def test_guessed_tags_bring_nothing(attack: Attack) -> None:
    attacked = attack("t01", calls(tags="[f'guess {symbol}' for symbol in symbols]", decoys=5))
    assert attacked.points == 1
    assert "0 calls of fetch, outside of the simulation" in attacked.said
