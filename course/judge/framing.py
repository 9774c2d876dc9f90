"""Where frames begin and end in what a worker writes, and how much of it the judge takes: bytes in, bodies out."""

import struct

from course.judge.records import LONGEST_FRAME, BadFrame
from course.language import say

# Of one case. The most that lessons need is 0.4 MB and 82,000 parts, in a hundred frames.
MOST_BYTES = 16 << 20
# Lists, objects and their items: a byte or two each as JSON, and about fifty in the judge's memory.
MOST_PARTS = 500_000
PARTS_OF_A_FRAME = 20  # that a frame holds besides: the record, and the run made of it
TOO_LARGE = say("the result of the run is larger than any result can be")
LENGTH = struct.Struct(">I")


class Framing:
    """Takes what arrives, as it arrives, and gives the bodies of frames.

    A frame is four bytes of length, then its body. With both caps, the judge holds no more of a case than 100 MB,
    whatever the worker writes: characters can take four bytes each, and parts about fifty. And it looks at no more.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._bytes = 0
        self._parts = 0

    def add(self, part: bytes) -> None:
        """Take what has arrived. Ask for bodies before you add more.

        Raises:
            BadFrame: all of it is more than any case may send.
        """
        self._bytes += len(part)
        if self._bytes > MOST_BYTES:
            raise BadFrame(TOO_LARGE)
        self._buffer += part

    def next(self) -> bytes | None:
        """The body of the next frame; None while it is not complete.

        Raises:
            BadFrame: it is longer, or with those before it holds more, than any result can.
        """
        if len(self._buffer) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._buffer)
        if length > LONGEST_FRAME:
            raise BadFrame(TOO_LARGE)
        end = LENGTH.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[LENGTH.size : end])
        del self._buffer[:end]
        self._parts += PARTS_OF_A_FRAME + sum(map(body.count, (b",", b"[", b"{")))
        if self._parts > MOST_PARTS:
            raise BadFrame(TOO_LARGE)
        return body
