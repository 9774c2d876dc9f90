"""Cases: one request to a starter, one fresh worker process, and the frames that come back.

The judge reads what the worker sends and looks at its processes from outside; it waits for nothing that may not come.
"""

import contextlib
import os
import secrets
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from course.judge.budget import GRADING_SECONDS, Budget, out_of_time
from course.judge.family import Family
from course.judge.framing import Framing
from course.judge.meeting import Meeting
from course.judge.quiescence import Watch
from course.judge.records import (
    BadFrame,
    EndRecord,
    FaultRecord,
    Frame,
    MarkRecord,
    NotesRecord,
    ProblemRecord,
    RacesRecord,
    ReadyRecord,
    RunRecord,
    decode,
)
from course.judge.starter import GraderBroken, Starter
from course.judge.waiting import readable
from course.language import Sentence, say

# Outermost limit of a case in real seconds, for machines on which nothing is seen of its processes. Elsewhere a worker
# that cannot go on is recognised by its silence or its wake-ups (quiescence), one that computes for ever by its
# processor time. When it has come, the grader could not work: a busy machine may be the reason.
CASE_SECONDS = 300.0
# What all processes of a case may have together, over what each of them shares with the starter.
MOST_MEMORY = 1 << 30
MOST_PROCESSES = 200  # a bomb of them slows down the whole machine while it grows
MOST_TASKS = 800  # fewer than the system lets a case have: a bomb that ignores errors would go on at that limit
# Of all of its processes together. One alone ends sooner (`confinement`).
MOST_CPU_SECONDS = 60.0
# So many wake-ups in vain (`quiescence`), with nobody called: it does nothing else. Naps of a second are 34.
MOST_WAKE_UPS = 200
# Frames of each kind that a case may send: the lessons mark two moments, and notes come from the compiler and the run.
MOST_FRAMES: Mapping[type[Frame], int] = {
    MarkRecord: 100,
    NotesRecord: 2,
    EndRecord: 1,
    RacesRecord: 1,
    ProblemRecord: 1,
}
# How often the judge looks at a case's processes, in real seconds.
LOOK_SECONDS = 0.05
# How long a worker that has closed its descriptor may take to end by itself; then it is ended.
LAST_SECONDS = 5.0
USED_UP = say("your code has used up its processor time: a loop in it does not end")
SILENT = say("your code waits for something that never comes: no thread or process of it can go on")
IN_VAIN = say(
    "your code does not come back: all of it sleeps, wakes up by itself, and sleeps again, and it calls nobody any more"
)


class CaseFailed(Exception):
    """The worker sent no complete result; `told` is a sentence for the student."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(told)
        self.told = told


class CaseHung(CaseFailed):
    """The worker came to a standstill: it waited for something that never comes."""


class Case:
    """One running case: iterate over its frames, then ask for nothing more. Use as a context manager."""

    def __init__(self, starter: Starter, request: dict[str, Any], budget: Budget | None = None) -> None:
        self.nonce = secrets.token_hex(8)
        self.meeting: Meeting | None = None
        self._starter = starter
        address, its_address = starter.meeting_address(self.nonce)
        terms = request.get("meeting")  # they stay with the judge
        if request["mode"] == "real":
            self.meeting = Meeting(address, **(terms or {"needed": 1}))
        self._reader, writer = os.pipe()
        try:
            self.worker = starter.ask({**request, "nonce": self.nonce}, its_address, writer)
        except BaseException:
            os.close(self._reader)
            if self.meeting is not None:
                self.meeting.close()
            raise
        finally:
            os.close(writer)
        if self.meeting is not None:
            self.meeting.worker = self.worker.number
        self._budget = budget or Budget()
        self._until = time.monotonic() + CASE_SECONDS
        self._family = Family(self.worker.number)
        self._charged = 0.0  # processor time that the budget knows of
        self._wake_ups = 0.0  # since somebody was called, or something was heard
        self._has_heard = False  # since the last look
        self._most_runs = max(request.get("budget", 1), len(request.get("schedules", ())))
        self._next_look = 0.0
        self._framing = Framing()
        self._status: int | None = None

    def __enter__(self) -> "Case":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._status is None:
            self._family.look()
            self._charge()
        self.stop()
        os.close(self._reader)
        if self.worker.ended is not None:
            os.close(self.worker.ended)
        if self.meeting is not None:
            self.meeting.close()

    def stop(self) -> int:
        """End everything of the case; the worker's exit status, negative: the number of the signal that ended it."""
        if self._status is None:
            self._status = self._starter.stop()
            if self._starter.broken and self.worker.ended is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(self.worker.ended, signal.SIGKILL)
        return self._status

    @property
    def is_seen(self) -> bool:
        """True when the judge sees the case's processes: only then are memory and tasks limited from outside."""
        if self._family.is_seen or os.path.exists("/proc/1"):  # who sees that one sees all
            return True
        self._family.look()
        return self._family.is_seen

    def has_survivors(self) -> bool:
        """True when, after `stop`, some process still holds the descriptor for results."""
        os.set_blocking(self._reader, False)
        try:
            while os.read(self._reader, 1 << 16):
                pass
        except BlockingIOError:
            return True
        return False

    def frames(self) -> Iterator[Frame]:
        """The frames of the case, up to and including its last.

        Raises:
            CaseFailed: the worker ended, hung or lied before its end frame.
            GraderBroken: the worker could not be confined.
        """
        first = self._next_frame()
        if isinstance(first, FaultRecord):
            raise GraderBroken(say("a worker could not be confined ({why})", why=first.message))
        if not isinstance(first, ReadyRecord):
            raise CaseFailed(say("the results of the run did not come in their order"))
        # Of the runs one more than were asked for: that is told apart (`collect`).
        left = Counter({RunRecord: self._most_runs + 1, **MOST_FRAMES})
        while True:
            frame = self._next_frame()
            left[type(frame)] -= 1
            if left[type(frame)] < 0:
                raise CaseFailed(say("the results of the run did not come in their order"))
            yield frame
            if isinstance(frame, ProblemRecord | RacesRecord) or (
                isinstance(frame, EndRecord) and not frame.races_follow
            ):
                return

    def _next_frame(self) -> Frame:
        body = self._next_body()
        try:
            return decode(body, self.nonce)
        except BadFrame as error:
            why = say("{what}; does your code write to file descriptors that it has not opened?", what=error.told)
            raise CaseFailed(why) from error

    def _next_body(self) -> bytes:
        try:
            while (body := self._framing.next()) is None:
                part = os.read(self._reader, 1 << 16) if self._wait_readable() else b""
                if not part:
                    raise CaseFailed(self._why_it_ended())
                self._has_heard = True
                self._framing.add(part)
        except BadFrame as error:
            raise CaseFailed(error.told) from error
        return body

    def _wait_readable(self) -> bool:
        """True when there is something to read, False when there never will be; raises when the case is over."""
        while True:
            watched = [self._reader] if self.worker.ended is None else [self._reader, self.worker.ended]
            found = readable(watched, LOOK_SECONDS)
            if time.monotonic() >= self._next_look:
                self._look(owes=bool(found))
            if found:
                return self._reader in found

    def _look(self, *, owes: bool = False) -> None:
        """Look at the case's processes from outside: do they come to a standstill, or take too much?

        Who sleeps is not judged while the judge `owes` it something: to read what it has sent, for instance.
        """
        self._next_look = time.monotonic() + LOOK_SECONDS
        self._family.look()
        self._charge()
        if self._starter.has_gone:
            raise CaseFailed(say("the process that had started your code was ended"))
        if self._family.processes > MOST_PROCESSES:
            raise CaseFailed(say("your code has started more than {most} processes at once", most=MOST_PROCESSES))
        if self._family.tasks > MOST_TASKS:
            raise CaseFailed(
                say("your code has started more than {most} threads and processes at once", most=MOST_TASKS)
            )
        if self._family.memory > MOST_MEMORY:
            raise CaseFailed(say("your code has used more than {most} GiB of memory", most=MOST_MEMORY >> 30))
        if self._family.cpu_seconds > MOST_CPU_SECONDS:
            raise CaseFailed(USED_UP)
        if owes:
            self._wake_ups = 0.0
        else:
            self._look_at_sleep(self._family.watch)
        if self._budget.overrun is not None:
            raise CaseFailed(self._budget.overrun)
        if time.monotonic() > self._budget.until:
            raise out_of_time(GRADING_SECONDS)
        if time.monotonic() > self._until:
            raise out_of_time(CASE_SECONDS)

    def _look_at_sleep(self, watch: Watch) -> None:
        """Count the wake-ups in vain, and end what waits for nothing; whoever waits for others is let go first.

        Nothing is in vain when somebody was called or has called, or when the judge has read something: then what woke
        the case up may have come from here.
        """
        has_heard, self._has_heard = self._has_heard, False
        woken = watch.woken
        if woken or watch.asks or watch.is_quiet:  # only then the meeting is asked: it has its own thread
            has_heard |= self.meeting is not None and not self.meeting.is_idle()
        if has_heard:
            self._wake_ups = woken = 0.0
        self._wake_ups += woken
        self._budget.take(wake_ups=woken)
        is_silent = watch.is_quiet or watch.asks > MOST_WAKE_UPS
        if has_heard or not (is_silent or self._wake_ups + watch.asks > MOST_WAKE_UPS):
            return
        if self.meeting is None or not self.meeting.give_up():
            raise CaseHung(SILENT if is_silent else IN_VAIN)
        self._wake_ups = 0.0

    def _charge(self) -> None:
        self._budget.take(cpu_seconds=self._family.cpu_seconds - self._charged)
        self._charged = self._family.cpu_seconds

    def _why_it_ended(self) -> Sentence:
        if self.worker.ended is not None:  # it has closed its descriptor: on its way out, or to hide
            last = time.monotonic() + LAST_SECONDS
            while not readable([self.worker.ended], LOOK_SECONDS) and time.monotonic() < last:
                self._look()
        status = self.stop()
        if status == -signal.SIGXCPU:
            return USED_UP
        if status < 0:
            names = {number.value: number.name for number in signal.Signals}  # real-time signals have none
            signal_name = names.get(-status) or say("signal {number}", number=-status)
            return say("your code's process was ended by {signal}", signal=signal_name)
        return say("your code ended the process (exit status {status}) before it gave its result", status=status)
