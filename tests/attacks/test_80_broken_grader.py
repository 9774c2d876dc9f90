"""Attack 80: forge the frames by which a worker says that it is broken. They do not carry the case's number."""

import pytest

from tests.attacks.conftest import Attack

FRAMES = """
import json, os, struct
def say(**frame):
    body = json.dumps(frame).encode()
    for descriptor in range(3, 40):
        try:
            os.write(descriptor, struct.pack(">I", len(body)) + body)
        except OSError:
            pass
say(nonce={nonce!r}, kind={kind!r}, **{fields!r})
def fetch_quotes(symbols, fetch):
    return {{}}
"""
KINDS = {
    "fault": {"message": "no namespaces"},
    "ready": {},
    "problem": {"type": "GraderBroken", "message": "it is the grader", "line": 0},
    "end": {"runs": 0, "bound": -1, "exhausted": True},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nonce", ["", "0" * 16])
def test_a_broken_grader_is_not_forged(attack: Attack, kind: str, nonce: str) -> None:
    """The arena requires besides that no check is called broken."""
    attacked = attack("t01", FRAMES.format(nonce=nonce, kind=kind, fields=KINDS[kind]))
    assert attacked.points == 0
    assert "does not carry the number of its case; does your code write to file descriptors" in attacked.said
    assert "it is the grader" not in attacked.output
