"""A run as a check sees it: what the student's code did under one schedule, and the words for what is wrong with it."""

from collections.abc import Sequence
from typing import Any, NoReturn

from course.judge.meeting import Meeting
from course.judge.records import NANOSECONDS, BadFrame, Call, Raised, RunRecord, Stack, value_of
from course.judge.shrinking import Choices
from course.language import Sentence, said_by_the_lab, said_together, say

NOT_IN_VIRTUAL_TIME = " cannot run in virtual time"
NOBODY = Sentence("")
MOST_WAITING = 8  # threads and tasks that are named


class CheckFailed(Exception):
    """A promise is broken: what the lesson asks for, what this submission did instead, and the run that shows it."""

    def __init__(
        self,
        *,
        expected: Sentence,
        got: Sentence,
        run: "Run | None" = None,
        diagnosis: str | None = None,
        problem: Raised | None = None,
    ) -> None:
        super().__init__(f"expected: {expected}; got: {got}")
        self.expected = expected
        self.got = got
        self.run = run
        self.diagnosis = diagnosis
        self.problem = problem


class Run:
    """One run of a scenario. Times are in seconds: virtual in simulated mode, real in real mode."""

    def __init__(  # noqa: PLR0913  # the facts about a run, each by name
        self,
        record: RunRecord | None,
        *,
        case: Any,
        died: Sentence | None = None,
        hung: bool = False,
        meeting: Meeting | None = None,
        marks: dict[str, float] | None = None,
    ) -> None:
        self._record = record
        self.died = died
        self.hung = hung
        self.case = case
        self.meeting = meeting
        self.marks = marks or {}

    @property
    def record(self) -> RunRecord:
        """The raw evidence.

        Raises:
            CheckFailed: there is none, because the worker ended before the run did.
        """
        if self._record is None:
            died = self.died or say("nothing")
            self.fail(expected=say("your code comes back with a result"), got=died)
        return self._record

    @property
    def choices(self) -> Choices:
        """The choices of its schedule, by which it can be run again: thread, its moment, thread that was picked."""
        return tuple(self._record.choices) if self._record is not None else ()

    @property
    def is_simulated(self) -> bool:
        """True when it ran in virtual time and the worker has told of it."""
        return self.has_evidence and self.case.get("mode") == "simulated"

    @property
    def has_evidence(self) -> bool:
        """True when the worker has told of this run."""
        return self._record is not None

    @property
    def value(self) -> Any:
        """What the scenario returned.

        Raises:
            CheckFailed: the run did not come to its end; the message says why.
        """
        if self.record.outcome != "finished":
            self._fail_by_outcome()
        try:
            return value_of(self.record.value)
        except BadFrame as error:
            self.fail(expected=say("your code comes back with a result"), got=error.told)

    def _fail_by_outcome(self) -> NoReturn:
        record = self.record
        match record.outcome:
            case "error" if record.error is not None:
                self.fail(expected=say("no exception comes out of your code here"), got=told_raised(record.error))
            case "deadlock":
                self.fail(
                    expected=say("the call comes back"), got=say("a deadlock: {who_waits}", who_waits=self.who_waits())
                )
            case "no_end":
                self.fail(
                    expected=say("the call comes back"),
                    got=say("it goes on for ever: {who_waits}", who_waits=self.who_waits()),
                )
            case "not_simulated" if record.error is not None:
                self.fail(
                    expected=say("threads, queues, events and tasks only"),
                    got=say(
                        "{what} cannot run in virtual time, which this lesson's checks need",
                        what=_asked_for(record.error.message),
                    ),
                )
        self.fail(expected=say("your code comes back with a result"), got=say("the run ended in an unknown way"))

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return self.record.duration / NANOSECONDS

    def calls(self, name: str) -> list[Call]:
        """The calls of one collaborator, in the order in which they began."""
        return [call for call in self.record.calls if call.name == name]

    def peak(self, name: str) -> int:
        """The most calls of one collaborator that were going on at the same time."""
        return peak(self.calls(name))

    def who_waits(self) -> Sentence:
        """`main waits in Queue.join() at line 30; worker 1 waits in Queue.get() at line 21`, and how many more."""
        stuck = self.record.stuck
        told: list[Sentence] = [_who_waits(stack) for stack in stuck[:MOST_WAITING]]
        if len(stuck) > MOST_WAITING:
            told.append(say("and {more} more", more=len(stuck) - MOST_WAITING))
        return said_together(told)

    def require(self, holds: bool, *, expected: Sentence, got: Sentence, diagnosis: str | None = None) -> None:
        """Fail the check with this evidence unless `holds`.

        `diagnosis` names the mistake where the check knows better than the recognisers; "" says that there is none.
        """
        if not holds:
            self.fail(expected=expected, got=got, diagnosis=diagnosis)

    def fail(self, *, expected: Sentence, got: Sentence, diagnosis: str | None = None) -> NoReturn:
        """Fail the check with this evidence."""
        raise CheckFailed(expected=expected, got=got, run=self, diagnosis=diagnosis)


def told_raised(raised: Raised) -> Sentence:
    """An exception as people write it; where the lab raised it by a mistake of its own, that is said."""
    exception = f"{raised.type}: {raised.message}" if raised.message else raised.type
    if raised.inside == "lab":
        return say(
            "{exception}, raised in a part of the grader that was called there ({place})",
            exception=exception,
            place=raised.place,
        )
    return say("{exception}", exception=exception)


def _asked_for(message: str) -> Sentence:
    """What a world has refused to do, of the lab's message on it."""
    what, _, details = message.removesuffix(NOT_IN_VIRTUAL_TIME).partition(" (")
    return said_by_the_lab(what, details.removesuffix(")"))


def _who_waits(stack: Stack) -> Sentence:
    if not stack.blocked:
        doing = say("{who} runs", who=stack.name)
    elif stack.called:
        doing = say("{who} waits in {called}()", who=stack.name, called=stack.called)
    else:
        doing = say("{who} waits", who=stack.name)
    parts = [doing, _for_whom(stack)]
    if stack.line:
        parts.append(say(" at line {line}", line=stack.line))
    if stack.unheard:
        parts.append(say(" (notify() at line {line} came when nobody was waiting)", line=stack.unheard))
    return said_together(parts, "")


def _for_whom(stack: Stack) -> Sentence:
    """Whom a stuck thread or task waits for: whose end, or who holds the lock that it wants."""
    if stack.awaits:
        return say(" for {whom}", whom=said_together(stack.awaits, ", "))
    if not stack.holder:
        return say(" for `{wants}`", wants=stack.wants) if stack.wants else NOBODY
    if stack.called == "Thread.join":
        return say(" for {whom}", whom=stack.holder)
    lock = say("`{lock}`", lock=stack.wants) if stack.wants else say("a lock")
    if stack.held_since:
        since = stack.held_since
        return say(
            " for {lock}, which {holder} has held since line {line},", lock=lock, holder=stack.holder, line=since
        )
    return say(" for {lock}, which {holder} holds,", lock=lock, holder=stack.holder)


def peak(calls: Sequence[Call]) -> int:
    """The most of `calls` going on at one moment; a call that begins when another ends does not overlap it."""
    moments = [(call.start, 1) for call in calls] + [(call.end, -1) for call in calls if call.end is not None]
    inside = most = 0
    for _, change in sorted(moments):
        inside += change
        most = max(most, inside)
    return most
