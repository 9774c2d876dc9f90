"""Attack 38: a payload that runs where it is unpickled. What comes from a case is data; the judge unpickles nothing.

CPython tells each process when one of its unpicklers looks for a function (PEP 578, `pickle.find_class`): this one is a
judge's, and here none does.
"""

import pickle
import sys
from collections.abc import Iterator

import pytest

from tests.attacks.conftest import Attack

# It opens a file for writing, in whatever folder: that works in virtual time, too. In the case it is tried once, to be
# sure that it would run.
PAYLOAD = """
import os, pickle, struct
MARK = "left-behind-by-payload"
class Payload(Exception):
    def __reduce__(self):
        return open, (MARK, "w")
    __reduce_ex__ = lambda self, _: self.__reduce__()
    __getstate__ = __getnewargs__ = lambda self: ()
    def __eq__(self, other):
        return True
    __hash__ = lambda self: 7
pickle.loads(pickle.dumps(Payload())).close()
runs = os.path.exists(MARK)
os.remove(MARK)
def everywhere(*sent):
    for descriptor in range(3, 600):
        for part in sent:
            try:
                os.write(descriptor, struct.pack(">I", len(part)) + part)
            except OSError:
                pass
"""
AS_VALUE = """
def fetch_quotes(symbols, fetch):
    if not symbols:
        raise ValueError(f"it runs: {runs}")
    return {**dict.fromkeys(symbols, Payload()), Payload(): [Payload(), (Payload,)]}
"""
AS_ERROR = "def fetch_quotes(symbols, fetch):\n    raise Payload(Payload(), f'it runs: {runs}')\n"
AS_FRAMES = """
def fetch_quotes(symbols, fetch):
    everywhere(*(pickle.dumps(Payload(), protocol) for protocol in range(6)))
    raise ValueError(f"it runs: {runs}")
"""
# To the judge's meeting, in the ways in which multiprocessing's own servers are spoken to.
TO_THE_MEETING = """
import socket
def grep(lines, pattern, workers, chunk):
    payload = pickle.dumps(Payload())
    for sent in (payload, struct.pack("!i", len(payload)) + payload, b"#WELCOME#" + payload, payload[:150] + b"\\n"):
        with socket.socket(socket.AF_UNIX) as meeting:
            meeting.connect(os.environ["COURSE_MEETING"])
            meeting.sendall(sent)
    raise ValueError(f"it runs: {runs}")
def map_chunks(func, items, workers, chunk):
    return [Payload()]
class BatchFailed(Exception):
    pass
"""
_unpickled: list[object] = []
_listening: list[bool] = []


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _listening and event == "pickle.find_class":
        _unpickled.append(arguments)


@pytest.fixture
def unpickled() -> Iterator[list[object]]:
    """What this process unpickles from now on."""
    if not _listening:
        sys.addaudithook(_listen)  # for good; it listens only now
    _unpickled.clear()
    _listening.append(True)
    pickle.loads(pickle.dumps(len))
    assert _unpickled, "it is heard"
    _unpickled.clear()
    yield _unpickled
    _listening.clear()


@pytest.mark.parametrize(
    ("key", "source"),
    [("t01", AS_VALUE), ("t01", AS_ERROR), ("t01", AS_FRAMES), ("p13", TO_THE_MEETING)],
    ids=["value", "error", "frames", "meeting"],
)
def test_the_judge_unpickles_nothing(attack: Attack, unpickled: list[object], key: str, source: str) -> None:
    attacked = attack(key, PAYLOAD + source)
    assert attacked.points == 0
    assert "it runs: True" in attacked.said or source is AS_FRAMES
    assert unpickled == []


def test_frames_of_pickles_are_malformed(attack: Attack) -> None:
    attacked = attack("t01", PAYLOAD + AS_FRAMES)
    assert "the result of the run is malformed" in attacked.said
