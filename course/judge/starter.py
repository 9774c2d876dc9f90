"""Starters, from the judge's side: processes that stand ready to start workers, shut in a jail."""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from typing import Any, NamedTuple

from course.judge import jail, processes
from course.judge.jail import Jail
from course.language import Sentence, as_it_is, say
from course.temporary import short_folder

# A starter imports for a good second on a busy machine, and confines a worker in milliseconds. Only one that has come
# to a standstill takes longer.
STARTER_SECONDS = 120.0
STATUS = struct.Struct(">i")
BOOT = "from course.lab import starter; starter.main()"
LONGEST_WORDS = 300


class GraderBroken(Exception):
    """The grader itself could not work: `what` went wrong, and `told` says it as a sentence, for instructors."""

    def __init__(self, what: Sentence) -> None:
        super().__init__(what)
        self.what = what

    @property
    def told(self) -> Sentence:
        version = as_it_is(platform.python_version())
        return say("The grader could not work on Python {version}: {what}.", version=version, what=self.what)


class StarterGone(GraderBroken):
    """The starter has ended, or does not answer."""

    def __init__(self, why: object, last_words: str = "") -> None:
        why = f"{why}: {last_words}" if last_words else str(why)
        super().__init__(say("the process that starts workers has gone ({why})", why=why))


class Worker(NamedTuple):
    """A worker: its process id as it is here, and a descriptor that is readable when it has ended (or None)."""

    number: int
    ended: int | None


class Starter:
    """One starter process in its jail, and the folder in which the judge's meetings with its workers lie."""

    def __init__(self, home: Jail | None = None, *, slot: int = 0) -> None:
        self.home = home or Jail()
        self.broken = False
        self._user = self.home.user(slot)
        self._base = tempfile.mkdtemp(prefix="course-", dir=short_folder())
        os.chmod(self._base, 0o711)
        self.meetings = self._make("meetings", 0o711)
        self.folder = jail.FOLDER if self.home.namespaces else self._make("case", 0o700)
        if self._user is not None and not self.home.namespaces:
            os.chown(self.folder, self._user, self._user)
        self._layers: list[str] | None = None
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._socket.settimeout(STARTER_SECONDS)
        environment = _environment(self.folder)
        self._said = os.path.join(self._base, "stderr")  # workers do not have it: they are given none
        with theirs, open(self._said, "wb") as said:
            self._process = subprocess.Popen(
                [
                    *jail.enter(self.home, self.meetings, environment),
                    *(sys.executable, "-s", "-P", "-B", "-X", "utf8", "-c", BOOT),
                ],
                env={"PATH": os.defpath} if self.home.namespaces else environment,
                cwd="/" if self.home.namespaces else self.folder,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def _make(self, name: str, mode: int) -> str:
        path = os.path.join(self._base, name)
        os.mkdir(path)
        os.chmod(path, mode)
        return path

    @property
    def layers(self) -> list[str]:
        """What the starter says that workers can be confined with; waits until it is ready.

        Raises:
            StarterGone: it never became ready.
        """
        if self._layers is None:
            (length,) = struct.unpack(">I", self._receive(4))
            self._layers = [*json.loads(self._receive(length)), *(["tasks"] if self._user is not None else [])]
        return self._layers

    @property
    def has_gone(self) -> bool:
        """True when the starter, or what shuts it in, has ended."""
        return self._process.poll() is not None

    def meeting_address(self, nonce: str) -> tuple[str, str]:
        """Where a meeting of this case lies: for the judge, and for the worker. Its name does not tell the nonce."""
        name = f"{hashlib.sha256(nonce.encode()).hexdigest()[:16]}.socket"
        theirs = jail.MEETINGS if self.home.namespaces else self.meetings
        return os.path.join(self.meetings, name), os.path.join(theirs, name)

    def ask(self, request: dict[str, Any], meeting: str, descriptor: int) -> Worker:
        """Have a worker started that answers on `descriptor` and has its meeting at an address; then `stop` it.

        Raises:
            StarterGone: the starter does not answer.
            GraderBroken: the worker could not be confined.
        """
        confinement = {
            "namespaces": self.home.namespaces,
            "user": self._user,
            "layers": self.layers,
            "folder": self.folder,
            "meetings": jail.MEETINGS if self.home.namespaces else self.meetings,
            "readable": [*jail.OF_SYSTEM, *jail.OF_ETC, *jail.of_python(), *jail.OF_PROC, "/etc"],
        }
        told = {name: value for name, value in request.items() if name != "meeting"}
        body = json.dumps({**told, "meeting": meeting, "jail": confinement}).encode()
        try:
            socket.send_fds(self._socket, [struct.pack(">I", len(body))], [descriptor])
            self._socket.sendall(body)
            answer, descriptors, _, _ = socket.recv_fds(self._socket, STATUS.size, 1)
        except OSError as error:
            raise self._gone(error) from error
        if len(answer) < STATUS.size:
            raise self._gone("it closed the connection")
        (number,) = STATUS.unpack(answer)
        if number == 0:
            self.stop()
            raise GraderBroken(say("a worker could not be given namespaces of its own"))
        if not descriptors:
            return Worker(number, None)
        here = processes.number_of(descriptors[0])
        assert here > 0, "a worker keeps its number until it is stopped"
        return Worker(here, descriptors[0])

    def stop(self) -> int:
        """End everything of the case; the worker's exit status, negative: the number of the signal that ended it.

        When the starter has gone itself, all of its workers were killed with it.
        """
        try:
            self._socket.sendall(b".")
            status: int = STATUS.unpack(self._receive(STATUS.size))[0]
        except (OSError, StarterGone):
            self.broken = True
            return -signal.SIGKILL
        return status

    def _receive(self, count: int) -> bytes:
        answer = b""
        while len(answer) < count:
            try:
                part = self._socket.recv(count - len(answer))
            except OSError as error:
                raise self._gone(error) from error
            if not part:
                raise self._gone("it closed the connection")
            answer += part
        return answer

    def _gone(self, why: object) -> StarterGone:
        """That the starter has gone, with the last line that it has said, or that what shuts it in has said."""
        self.broken = True
        with open(self._said, "rb") as said:
            lines = said.read().decode("utf-8", "replace").split("\n")
        return StarterGone(why, next((line.strip()[:LONGEST_WORDS] for line in reversed(lines) if line.strip()), ""))

    def close(self) -> None:
        """End the starter, which ends its workers, and remove what they have written."""
        self._socket.close()
        try:
            self._process.wait(STARTER_SECONDS if not self.broken else 0)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        _remove(self._base)


def _remove(folder: str) -> None:
    """Remove a folder, also when the starter could not empty it: a tree may be too deep for Python."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    rm = shutil.which("rm", path=os.defpath)
    if rm is not None and os.path.exists(folder):
        subprocess.run([rm, "-rf", "--", folder], stderr=subprocess.DEVNULL, check=False)


def _environment(folder: str) -> dict[str, str]:
    """All that workers see of the environment."""
    return {
        "HOME": folder,
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONHASHSEED": "0",  # sets of strings keep one order: the same seed gives the same run
        "TMPDIR": folder,
    }
