"""Cases: one request to a starter, one fresh worker process, and the frames that come back.

A starter forks one worker after another; a `Bench` owns a few starters, so that cases run side by side.
"""

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from course.judge.meeting import Meeting
from course.judge.quiescence import Watch
from course.judge.records import LONGEST_FRAME, BadFrame, EndRecord, Frame, ProblemRecord, RacesRecord, decode

# Outermost limit of a case in real seconds. It exists for a judge that nobody watches: a worker that cannot go on is
# recognised by its silence (quiescence), one that computes for ever by its processor time.
CASE_SECONDS = 100.0
MOST_BYTES = 64 << 20


class CaseFailed(Exception):
    """The worker sent no complete result; the message is a sentence for the student."""


class CaseHung(CaseFailed):
    """The worker came to a standstill: it waited for something that never comes."""


class GraderBroken(Exception):
    """The grader itself could not work; the message says what to do."""


class Starter:
    """One starter process, and the temporary folder that its workers may write to."""

    def __init__(self, core: int | None) -> None:
        self.core = core
        self.folder = tempfile.mkdtemp(prefix="course-")
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-B", "-X", "utf8", "-c", _BOOT],
                env={**_environment(self.folder), "COURSE_CONTROL": str(theirs.fileno())},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def ask(self, request: dict[str, Any], descriptor: int) -> int:
        """Have a worker forked that answers on `descriptor`; its process id."""
        body = json.dumps(request).encode()
        try:
            socket.send_fds(self._socket, [struct.pack(">I", len(body))], [descriptor])
            self._socket.sendall(body)
            return self._read_number()
        except OSError as error:
            raise GraderBroken(f"the process that starts workers has gone ({error}); run the grader again") from error

    def status(self) -> int:
        """The exit status of the last worker, which must have ended or been killed; negative: the signal's number."""
        return self._read_number()

    def _read_number(self) -> int:
        answer = b""
        while len(answer) < 4:
            part = self._socket.recv(4 - len(answer))
            if not part:
                raise GraderBroken("the process that starts workers has gone; run the grader again")
            answer += part
        number: int = struct.unpack(">i", answer)[0]
        return number

    def close(self) -> None:
        """End the starter and remove what workers have written."""
        self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


# The socket's number differs from start to start; the starter expects it on descriptor 3.
_BOOT = """
import os
control = int(os.environ.pop("COURSE_CONTROL"))
if control != 3:
    os.dup2(control, 3, inheritable=False)
    os.close(control)
from course.lab import starter
starter.main()
"""


def _environment(folder: str) -> dict[str, str]:
    """All that workers see of the environment."""
    return {
        "HOME": folder,
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONHASHSEED": "0",  # sets of strings keep one order: the same seed gives the same run
        "TMPDIR": folder,
    }


class Case:
    """One running case: iterate over its frames, then ask for nothing more. Use as a context manager."""

    def __init__(self, starter: Starter, request: dict[str, Any]) -> None:
        self.nonce = secrets.token_hex(8)
        self.meeting: Meeting | None = None
        self._starter = starter
        address = os.path.join(starter.folder, f"{self.nonce}.meeting")
        if request["mode"] == "real":
            self.meeting = Meeting(address, request["meet"])
        self._reader, writer = os.pipe()
        try:
            more = {"nonce": self.nonce, "core": starter.core, "folder": starter.folder, "meeting": address}
            self.worker = starter.ask({**request, **more}, writer)
        except BaseException:
            os.close(self._reader)
            if self.meeting is not None:
                self.meeting.close()
            raise
        finally:
            os.close(writer)
        if self.meeting is not None:
            self.meeting.worker = self.worker
        self.watch = Watch(self.worker)
        self._deadline = time.monotonic() + CASE_SECONDS
        self._buffer = bytearray()
        self._bytes = 0
        self._ended = False

    def __enter__(self) -> "Case":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.close(self._reader)
        if not self._ended:
            self._kill()
        if self.meeting is not None:
            self.meeting.close()

    def _kill(self) -> int:
        self._ended = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.worker, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.worker, signal.SIGKILL)
        return self._starter.status()

    def frames(self) -> Iterator[Frame]:
        """The frames of the case, up to and including its last.

        Raises:
            CaseFailed: the worker ended, hung or lied before its end frame.
        """
        while True:
            body = self._next_body()
            try:
                frame = decode(body, self.nonce)
            except BadFrame as error:
                why = f"{error}; does your code write to file descriptors that it has not opened?"
                raise CaseFailed(why) from error
            yield frame
            if isinstance(frame, ProblemRecord | RacesRecord) or (
                isinstance(frame, EndRecord) and not frame.races_follow
            ):
                return

    def _next_body(self) -> bytes:
        (length,) = struct.unpack(">I", self._read(4))
        if length > LONGEST_FRAME:
            raise CaseFailed("the result of the run is larger than any result can be")
        return self._read(length)

    def _read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            part = os.read(self._reader, 1 << 16) if self._wait_readable() else b""
            self._bytes += len(part)
            if not part or self._bytes > MOST_BYTES:
                raise CaseFailed(self._why_it_ended())
            self._buffer += part
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _wait_readable(self) -> bool:
        """True when there is something to read; raises when the worker will never write again."""
        while not select.select([self._reader], [], [], 0.1)[0]:
            if self.watch.is_quiet() and not (self.meeting is not None and self.meeting.give_up()):
                raise CaseHung("your code waits for something that never comes: no thread or process of it can go on")
            if time.monotonic() > self._deadline:
                raise CaseFailed(f"your code has not come to an end after {CASE_SECONDS:.0f} s")
        return True

    def _why_it_ended(self) -> str:
        status = self._kill()
        if status == -signal.SIGXCPU:
            return "your code has used up its processor time: a loop in it does not end"
        if status < 0:
            names = {number.value: number.name for number in signal.Signals}  # real-time signals have none
            return f"your code's process was ended by {names.get(-status, f'signal {-status}')}"
        return f"your code ended the process (exit status {status}) before it gave its result"


class Bench:
    """A few starters to run cases on; as many cases run at once as there are starters."""

    def __init__(self, *, width: int = 8) -> None:
        """Start as many starters as there are processors, but at most `width`."""
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None] * (os.cpu_count() or 1)
        self._starters = [Starter(core) for core in cores[:width]]
        self.width = len(self._starters)
        self._free: SimpleQueue[Starter] = SimpleQueue()
        for starter in self._starters:
            self._free.put(starter)

    @contextlib.contextmanager
    def case(self, request: dict[str, Any]) -> Iterator[Case]:
        """A case on the next starter that is free."""
        starter = self._free.get()
        try:
            with Case(starter, request) as case:
                yield case
        finally:
            self._free.put(starter)

    def close(self) -> None:
        """End all starters."""
        while self._starters:
            self._starters.pop().close()
