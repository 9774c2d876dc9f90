"""Where frames begin and end, and how much the judge takes of one case."""

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.judge.framing import MOST_BYTES, MOST_PARTS, PARTS_OF_A_FRAME, Framing
from course.judge.records import LONGEST_FRAME, BadFrame
from tests.report.dangers import STEADY

READ = 1 << 16  # as the judge reads


def framed(*bodies: bytes) -> bytes:
    """These bodies as a worker sends them."""
    return b"".join(struct.pack(">I", len(body)) + body for body in bodies)


def taken(parts: Iterable[bytes]) -> list[bytes]:
    """All bodies of what arrives in these parts."""
    framing, bodies = Framing(), []
    for part in parts:
        framing.add(part)
        while (body := framing.next()) is not None:
            bodies.append(body)
    return bodies


@STEADY
@given(st.lists(st.binary(max_size=40)), st.integers(1, 50))
def test_bodies_come_out_whole_however_they_arrive(bodies: list[bytes], step: int) -> None:
    """Bytewise, or several at once; half a frame at the end is none."""
    sent = framed(*bodies) + framed(b"half")[:-1]
    assert taken(sent[at : at + step] for at in range(0, len(sent), step)) == bodies


@STEADY
@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_are_bodies_or_refused(parts: list[bytes]) -> None:
    """Nothing but a `BadFrame` comes of them."""
    try:
        bodies = taken(parts)
    except BadFrame:
        return
    assert sum(4 + len(body) for body in bodies) <= sum(map(len, parts))


@pytest.mark.parametrize("length", [LONGEST_FRAME + 1, 1 << 30, (1 << 32) - 1])
def test_a_frame_that_is_too_long_is_refused_before_it_is_there(length: int) -> None:
    """Its length word is enough."""
    framing = Framing()
    framing.add(struct.pack(">I", length))
    with pytest.raises(BadFrame, match="larger than any result"):
        framing.next()


def test_the_longest_frame_is_taken() -> None:
    assert taken([framed(b"x" * LONGEST_FRAME)]) == [b"x" * LONGEST_FRAME]


def test_a_case_sends_no_more_bytes_than_its_most() -> None:
    """However they are divided."""
    frame = framed(b"x" * (READ - 4))
    assert len(taken([frame] * (MOST_BYTES // READ))) == MOST_BYTES // READ
    with pytest.raises(BadFrame, match="larger than any result"):
        taken([frame] * (MOST_BYTES // READ) + [b"x"])


@pytest.mark.parametrize("body", [b",", b"[", b"{", b""])
def test_a_case_sends_no_more_parts_than_its_most(body: bytes) -> None:
    """What is short as JSON may be large in memory, and so are many frames with nothing in them."""
    most = MOST_PARTS // (PARTS_OF_A_FRAME + len(body))
    frame = framed(body)
    assert len(taken([frame * most])) == most
    with pytest.raises(BadFrame, match="larger than any result"):
        taken([frame * (most + 1)])
