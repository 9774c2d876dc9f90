"""The judge's side of a meeting: who of a worker was there at the same time?

Callers are counted by process, which the kernel vouches for (SO_PEERCRED), or by call. All are let go when `needed`
different ones wait at once; `give_up` lets them go when it is certain that no more can come. No clock decides. What a
call is told in the end (`replies`) is known to nobody in the worker before. A meeting may have several phases, which
answer some of the calls and keep others waiting.
"""

import contextlib
import os
import socket
import struct
import sys
import threading
from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from typing import Literal, NamedTuple

from course.judge import processes
from course.judge.waiting import readable

Counts = Literal["processes", "calls"]
# A worker that sends more, or more often, is not spoken to. All the calls of all the cases that run at once must leave
# the judge descriptors enough: it may have 1024, and select(2) knows no more.
LONGEST_TAG = 200
MOST_CALLS = 64
GIVE_UP, CLOSE = b"g", b"c"


class Phase(NamedTuple):
    """When `needed` wait at once, those whose tag has a reply are told it; `others` is for all the others.

    None: they go on waiting, and are there in the next phase. The last phase stays open for who comes later.
    """

    needed: int
    replies: Mapping[str, str] = {}
    others: str | None = None


class Meeting:
    """A meeting point on a socket at `address`, kept by a thread of its own until `close`.

    It has one phase, in which all are answered, or those that are given by `phases`.
    """

    def __init__(
        self,
        address: str,
        needed: int = 0,
        *,
        counts: Counts = "processes",
        replies: Mapping[str, str] | None = None,
        phases: Sequence[Phase] = (),
    ) -> None:
        self.address = address
        self._phases = [*phases] or [Phase(needed, dict(replies or {}), others="")]
        self.needed = self._phases[0].needed
        self.opened = 0  # how many phases have had all that they needed
        self.came: list[str] = []  # the tags of all who came, in that order
        self.left: list[str] = []  # of those who went away before they were answered
        self.together = 0  # the most different callers that waited at once
        self.processes: set[int] = set()
        self.threads = 0  # how many threads the callers' processes had when all were there; 0 where nobody can tell
        self.worker = 0  # the process that drives the scenario, whose children meet
        self._counts = counts
        self._calls = 0
        self._arriving: dict[socket.socket, bytes] = {}
        self._waiting: dict[socket.socket, tuple[int, str]] = {}  # who, and with which tag
        self._given_up = False
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(address)
        os.chmod(address, 0o666)  # noqa: S103  # workers may be another user
        self._server.listen(MOST_CALLS)
        self._server.setblocking(False)
        self._asked, self._ask = socket.socketpair()
        self._answers: SimpleQueue[bool] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="meeting", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            ready = readable([self._asked, self._server, *self._arriving, *self._waiting])
            self._take_in()
            if self._asked.fileno() in ready:
                last = self._asked.recv(1) == CLOSE
                self._answers.put(self._send_away())
                if last:
                    return

    def _take_in(self) -> None:
        """Welcome all who are at the door, as far as they have said their tag."""
        with contextlib.suppress(OSError):  # nobody is there any more, or there are no descriptors left for him
            while True:
                connection, _ = self._server.accept()
                self._calls += 1
                if self._calls > MOST_CALLS:
                    connection.close()
                    continue
                connection.setblocking(False)
                self._arriving[connection] = b""
        for connection in list(self._waiting):  # who left did so before those came who are new
            self._look_after(connection)
        for connection in list(self._arriving):
            self._listen_to(connection)
        self._answer()

    def _look_after(self, connection: socket.socket) -> None:
        """Notice that one who waits has gone. Who says more than a tag counts as gone, too."""
        with contextlib.suppress(BlockingIOError):
            with contextlib.suppress(ConnectionError):
                connection.recv(1)
            self.left.append(self._waiting.pop(connection)[1])
            connection.close()

    def _listen_to(self, connection: socket.socket) -> None:
        try:
            part = connection.recv(LONGEST_TAG)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        said = self._arriving[connection] + part
        if b"\n" in said:
            del self._arriving[connection]
            self._welcome(connection, said.partition(b"\n")[0].decode("utf-8", "replace"))
        elif not part or len(said) > LONGEST_TAG:
            del self._arriving[connection]
            connection.close()
        else:
            self._arriving[connection] = said

    def _welcome(self, connection: socket.socket, tag: str) -> None:
        process = _peer(connection)
        self.processes.add(process)
        self.came.append(tag)
        self._waiting[connection] = (process if self._counts == "processes" else connection.fileno(), tag)
        self.together = max(self.together, self._present())
        if self.opened == 0 and self._present() >= self.needed > 1:
            self.threads = sum(found.threads for each in self.processes if (found := processes.stat(each)))

    def _present(self) -> int:
        return len({who for who, _ in self._waiting.values()})

    def _send_away(self) -> bool:
        if not self._waiting:
            return False
        self._given_up = True
        self._answer()
        return True

    def _answer(self) -> None:
        """Tell those who wait what they are told now: in the phases that are reached, and all when it is given up."""
        while self.opened < len(self._phases) and self._present() >= self._phases[self.opened].needed:
            self.opened += 1
            self._let_go(self._phases[self.opened - 1], b"+")
        if self.opened == len(self._phases):
            self._let_go(self._phases[-1], b"+")
        if self._given_up:
            now = self._phases[min(self.opened, len(self._phases) - 1)]
            self._let_go(now._replace(others=now.others or ""), b"-")

    def _let_go(self, phase: Phase, sign: bytes) -> None:
        for connection, (_, tag) in list(self._waiting.items()):
            reply = phase.replies.get(tag, phase.others)
            if reply is not None:
                with contextlib.suppress(OSError):  # it has gone already
                    connection.send(sign + reply.encode())
                connection.close()
                del self._waiting[connection]

    def give_up(self) -> bool:
        """Let those who wait go on alone, because no more can come; False when nobody waits."""
        return self._tell(GIVE_UP)

    def _tell(self, what: bytes) -> bool:
        self._ask.send(what)
        return self._answers.get()

    def close(self) -> None:
        """End the meeting; whoever still waits is let go."""
        self._tell(CLOSE)
        self._thread.join()
        for each in (*self._arriving, self._server, self._asked, self._ask):
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
