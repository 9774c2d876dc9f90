"""The judge's side of a meeting: who of a worker was there at the same time?

Callers are counted by process, which the kernel vouches for (SO_PEERCRED), or by call. All are let go when `needed`
different ones wait at once; `give_up` lets them go when it is certain that no more can come. No clock decides. What a
call is told in the end (`replies`) is known to nobody in the worker before. A meeting may have several phases, which
answer some of the calls and keep others waiting.

Calls that are `held` are answered one by one when a first phase has had all that it needed, each at a standstill of all
the threads: whoever can come without the answer has come by then. What the judge saw is kept (`moments`).

Who comes with a tag that is `killed` is killed instead of answered, as when memory runs out; he cannot know beforehand.
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
from course.judge.standstill import Standstill, Thread, hears
from course.judge.usage import Usage, usage_of
from course.judge.waiting import readable

Counts = Literal["processes", "calls"]
# A worker that sends more, or more often, is not spoken to. All the calls of all the cases that run at once must leave
# the judge descriptors enough: it may have 1024, and select(2) knows no more.
LONGEST_TAG = 200
MOST_CALLS = 64
GIVE_UP, CLOSE, IDLE = b"g", b"c", b"i"
# How often the judge looks whether all threads sleep while a call is held, in real seconds.
LOOK_SECONDS = 0.001


class Moment(NamedTuple):
    """What the judge saw when a held call was answered: the calls that waited, it among them, and all the threads.

    `is_still` says that they all slept; if not, they computed on and on. `hearing` are the threads that waited for the
    judge's answer, as the kernel knows them, one for each connection; None where nobody can tell. `usage` is what the
    worker and its descendants have taken up to then.
    """

    tag: str
    waiting: tuple[str, ...]
    threads: tuple[Thread, ...]
    is_still: bool
    hearing: frozenset[Thread] | None
    usage: Usage | None = None


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

    def __init__(  # noqa: PLR0913  # its terms, each by name
        self,
        address: str,
        needed: int = 0,
        *,
        counts: Counts = "processes",
        replies: Mapping[str, str] | None = None,
        phases: Sequence[Phase] = (),
        held: Sequence[str] = (),
        killed: Sequence[str] = (),
    ) -> None:
        self.address = address
        self._phases = [*phases] or [Phase(needed, dict(replies or {}), others="")]
        self.needed = self._phases[0].needed
        self.opened = 0  # how many phases have had all that they needed
        self.came: list[str] = []  # the tags of all who came, in that order
        self.callers: list[int] = []  # the processes that they came from, in the same order
        self.left: list[str] = []  # of those who went away before they were answered
        self.moments: list[Moment] = []
        self.together = 0  # the most different callers that waited at once
        self.processes: set[int] = set()
        self.threads = 0  # how many threads the callers' processes had when all were there; 0 where nobody can tell
        self.worker = 0  # the process that drives the scenario, whose children meet
        self._counts = counts
        self._held = tuple(held)
        self._killed = tuple(killed)
        self._standstill = Standstill()
        self._calls = 0
        self._arriving: dict[socket.socket, bytes] = {}
        self._waiting: dict[socket.socket, tuple[int, str]] = {}  # who, and with which tag
        self._given_up = False
        self._news = False  # has a call come, gone or been answered since somebody has asked?
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
            looks = self._goes_on and self._held_back()
            watched = [self._asked, self._server, *self._arriving, *self._waiting]
            ready = readable(watched, LOOK_SECONDS if looks else None)
            self._take_in()
            if looks and not ready:
                self._look_around()
            if self._asked.fileno() in ready:
                what = self._asked.recv(1)
                self._answers.put(self._nothing_new() if what == IDLE else self._send_away())
                if what == CLOSE:
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
            self._news = True
            self._standstill.begin()
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
        self._news = True
        self._standstill.begin()
        process = _peer(connection)
        self.processes.add(process)
        self.came.append(tag)
        self.callers.append(process)
        self._waiting[connection] = (process if self._counts == "processes" else connection.fileno(), tag)
        self.together = max(self.together, self._present())
        if self.opened == 0 and self._present() >= self.needed > 1:
            self.threads = sum(found.threads for each in self.processes if (found := processes.stat(each)))

    def _present(self) -> int:
        return len({who for who, _ in self._waiting.values()})

    def _nothing_new(self) -> bool:
        news, self._news = self._news, False
        return not news and not (self._goes_on and self._held_back())

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
            if reply is None or (sign == b"+" and tag in self._held):
                continue
            if tag not in self._killed or not processes.kill(_peer(connection), below=self.worker):
                self._tell_reply(connection, sign + reply.encode())

    def _tell_reply(self, connection: socket.socket, reply: bytes) -> None:
        self._news = True
        with contextlib.suppress(OSError):  # it has gone already
            connection.send(reply)
        connection.close()
        del self._waiting[connection]

    @property
    def _goes_on(self) -> bool:
        return self.opened > 0 or self._given_up

    def _held_back(self) -> list[socket.socket]:
        """Those of the waiting calls that are held, in the order in which they are to be answered."""
        order = {tag: place for place, tag in enumerate(self._held)}
        held = [each for each, (_, tag) in self._waiting.items() if tag in order]
        return sorted(held, key=lambda each: order[self._waiting[each][1]])

    def _look_around(self) -> None:
        """Answer the next of the calls that are held, if this is a standstill."""
        held = self._held_back()
        if not held:
            return
        is_still = self._standstill.has_come(self._members)
        threads = self._standstill.threads
        if not threads:  # they cannot be seen here: nobody is held back
            self._held = ()
            self._answer()
        elif is_still or self._standstill.is_hopeless(self._members()):
            tag = self._waiting[held[0]][1]
            waiting = tuple(tag for _, tag in self._waiting.values())
            hearing = self._hearing(threads)
            self.moments.append(Moment(tag, waiting, threads, is_still, hearing, usage_of(self.worker)))
            phase = self._phases[min(self.opened, len(self._phases)) - 1]
            self._tell_reply(held[0], b"+" + phase.replies.get(tag, phase.others or "").encode())
            self._standstill.begin()

    def _members(self) -> set[int]:
        """The processes whose threads may come, or may keep others from coming."""
        return {*self.processes, *([self.worker, *processes.descendants(self.worker)] if self.worker else [])}

    def _hearing(self, threads: Sequence[Thread]) -> frozenset[Thread] | None:
        sockets = {thread: hears(thread, self.address) for thread in threads}
        if None in sockets.values():
            return None
        return frozenset({inode: thread for thread, inode in sockets.items() if inode}.values())

    def is_idle(self) -> bool:
        """True when no call has come, gone or been answered since this was asked last, and no held call is due.

        On a busy machine a worker may sleep for long because the meeting's own thread has not had its turn yet.
        """
        return self._tell(IDLE)

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
