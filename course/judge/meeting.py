"""The judge's side of a meeting: which processes of a worker were there at the same time?

Processes prove who they are by the kernel (SO_PEERCRED), not by what they say. All are let go when `needed` different
ones wait at once; `give_up` lets them go when it is certain that no more can come. No clock decides.
"""

import contextlib
import os
import selectors
import socket
import struct
import sys
import threading


class Meeting:
    """A meeting point on a socket at `address`, kept by a thread of its own until `close`."""

    def __init__(self, address: str, needed: int) -> None:
        self.address = address
        self.needed = needed
        self.together = 0  # the most different processes that waited at once
        self.processes: set[int] = set()
        self.worker = 0  # the process that drives the scenario, whose children meet
        self._waiting: list[tuple[int, socket.socket]] = []
        self._open = needed <= 1
        self._given_up = False
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(address)
        os.chmod(address, 0o666)  # noqa: S103  # workers may be another user
        self._server.listen(64)
        self._lock = threading.Lock()
        self._wake_up, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="meeting", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._wake_up, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._wake_up in ready:
                    return
                connection, _ = self._server.accept()
                self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        with self._lock:
            process = _peer(connection)
            self.processes.add(process)
            self._waiting.append((process, connection))
            present = len({process for process, _ in self._waiting})
            self.together = max(self.together, present)
            if present >= self.needed:
                self._open = True
            if self._open or self._given_up:
                self._let_go(b"+" if self._open else b"-")

    def give_up(self) -> bool:
        """Let those who wait go on alone, because no more can come; False when nobody waits."""
        with self._lock:
            if not self._waiting:
                return False
            self._given_up = True
            self._let_go(b"-")
            return True

    def _let_go(self, answer: bytes) -> None:
        for _, connection in self._waiting:
            with contextlib.suppress(OSError):  # it has gone already
                connection.send(answer)
            connection.close()
        self._waiting.clear()

    def close(self) -> None:
        """End the meeting; whoever still waits is let go."""
        self._stop.send(b".")
        self._thread.join()
        self.give_up()
        for each in (self._server, self._wake_up, self._stop):
            each.close()
        with contextlib.suppress(FileNotFoundError):  # the student's code may have removed it
            os.unlink(self.address)


def _peer(connection: socket.socket) -> int:
    """The process id of whoever connected."""
    process: int
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        process = struct.unpack("3i", credentials)[0]
        return process
    local_peerpid = 0x002  # of macOS
    process = struct.unpack("i", connection.getsockopt(0, local_peerpid, 4))[0]
    return process
