"""A meeting: a collaborator that lets callers go on only when enough of them are there at the same time.

The meeting itself is kept by the judge, at the other end of a socket; this is the caller's side. What a call is told in
the end is the judge's secret until then.
"""

import asyncio
import os
import socket

ADDRESS = "COURSE_MEETING"


def arrive(tag: str = "") -> bool:
    """Wait at the meeting point; True when enough others came, False when no more can come."""
    return _call(tag).startswith("+")


def ask(tag: str) -> str:
    """Wait at the meeting point, and bring back what the judge answers to `tag`."""
    return _call(tag)[1:]


def _call(tag: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.environ[ADDRESS])
        connection.sendall(f"{tag}\n".encode())
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
    return answer.decode()


async def ask_async(tag: str) -> str:
    """As `ask`, without keeping the event loop from running; the judge sees it go when it is cancelled."""
    reader, writer = await asyncio.open_unix_connection(os.environ[ADDRESS])
    try:
        writer.write(f"{tag}\n".encode())
        answer = await reader.read()
    finally:
        writer.close()
    return answer.decode()[1:]
