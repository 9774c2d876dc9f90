"""Facts proved outside the worker: who called the judge at the same time, and what only the judge could tell them.

A run record is written by a process that the student's code shares. What these functions look at is not: the calls
arrived here, over connections of their own, and their answers were drawn here a moment before.
"""

import random
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from course.judge.meeting import Moment
from course.judge.run import Run
from course.judge.usage import Usage
from course.language import Sentence, hidden, say


def secret_texts(tags: Iterable[str]) -> dict[str, str]:
    """A number, as a text, for each tag, which nobody can know before the judge tells it."""
    return {tag: str(1_000 + secrets.randbelow(1_000_000)) for tag in tags}


def drawn_order(tags: Iterable[str]) -> list[str]:
    """The tags in an order that nobody can know: the one in which the judge answers."""
    order = list(tags)
    random.SystemRandom().shuffle(order)
    return order


def moment(run: Run, tag: str) -> Moment | None:
    """What the judge saw when he answered this call, which he has held; None: it never came, or he cannot see."""
    assert run.meeting is not None
    return next((each for each in run.meeting.moments if each.tag == tag), None)


def taken(run: Run, begin: str, over: str) -> Usage | None:
    """What the processes have taken between these two calls of the scenario's, which the judge has held.

    None where the kernel does not tell; a field may be negative for the same reason. The check fails when somebody else
    has made one of these calls, or has seen to it that none comes.
    """
    require_asked_once(run, say("calls at the begin and at the end"), [begin, over])
    seen = [each.usage for tag in (begin, over) if (each := moment(run, tag)) is not None]
    if len(seen) < 2 or seen[0] is None or seen[1] is None:
        return None
    return Usage(*(after - before for before, after in zip(*seen, strict=True)))


def require_at_once(run: Run, what: Sentence) -> None:
    """Require that as many calls as the meeting needs were waiting for the judge at the same time."""
    assert run.meeting is not None
    needed, together = run.meeting.needed, run.meeting.together
    run.require(
        together >= needed,
        expected=say("{needed} {what} at the same time, outside of the simulation too", needed=needed, what=what),
        got=say("at most {together} at the same time, outside of the simulation", together=together),
    )


def require_threads(run: Run, least: int) -> None:
    """Require that the process had so many threads while the calls waited, where the kernel tells."""
    assert run.meeting is not None
    run.require(
        run.meeting.threads == 0 or run.meeting.threads >= least,
        expected=say("{least} threads or more, outside of the simulation too", least=least),
        got=say("{threads} threads, outside of the simulation", threads=run.meeting.threads),
    )


def require_a_thread_for_each(
    run: Run, what: Sentence, calls: Sequence[str], *, besides_the_first: bool = False
) -> None:
    """Require that whenever these calls waited, each had a thread that waited for its answer, where the kernel tells.

    With `besides_the_first`, the thread with which the process began does not count: it is the caller's.
    """
    assert run.meeting is not None
    for seen in run.meeting.moments:
        waiting = [tag for tag in seen.waiting if tag in calls]
        if seen.tag in calls and seen.hearing is not None:
            threads = [each for each in seen.hearing if not (besides_the_first and each.is_first)]
            run.require(
                len(threads) >= len(waiting),
                expected=say("a thread for each of the {what}, outside of the simulation too", what=what),
                got=say(
                    "{waiting} {what} waited on {threads} threads, outside of the simulation",
                    waiting=len(waiting),
                    what=what,
                    threads=len(threads),
                ),
            )


def require_asked_once(run: Run, what: Sentence, calls: Sequence[str]) -> None:
    """Require that each of these calls came to the judge, once."""
    assert run.meeting is not None
    came = [tag for tag in run.meeting.came if tag in calls]
    run.require(
        sorted(came) == sorted(calls),
        expected=say("{calls} {what}, outside of the simulation too", calls=len(calls), what=what),
        got=say("{came} {what}, outside of the simulation", came=len(came), what=what),
    )


def came_before(run: Run, tag: str, others: Iterable[str]) -> bool:
    """True when the call `tag` came before one of the others, which the judge has held, was answered."""
    assert run.meeting is not None
    return any(tag in seen.waiting for seen in run.meeting.moments if seen.tag in others)


def threads_at(run: Run, tag: str) -> int:
    """How many threads there were, besides the first and besides the caller's, when the judge answered this call."""
    seen = moment(run, tag)
    if seen is None:
        return 0
    callers = 0 if seen.hearing is None or any(each.is_first for each in seen.hearing) else 1
    return sum(not each.is_first for each in seen.threads) - callers


def require_phases(run: Run, count: int) -> None:
    """Require that so many phases of the meeting had all the calls that they needed."""
    assert run.meeting is not None
    opened = run.meeting.opened
    run.require(
        opened >= count,
        expected=say("the same calls wait at the same time outside of the simulation too"),
        got=say(
            "outside of the simulation, {opened} of {count} times all were there; these came: {calls}",
            opened=opened,
            count=count,
            calls=", ".join(run.meeting.came) or "-",
        ),
    )


def require_seen(run: Run, holds: bool) -> None:
    """Require something of the calls that the judge has seen come and go."""
    assert run.meeting is not None
    run.require(
        holds,
        expected=say("the same calls come in the same order outside of the simulation too"),
        got=say(
            "outside of the simulation these came: {calls}; cancelled: {left}",
            calls=", ".join(run.meeting.came) or "-",
            left=", ".join(run.meeting.left) or "-",
        ),
    )


def require_told(run: Run, got: Any, expected: Any) -> None:
    """Require that what has become of the judge's answers is what they demand."""
    run.require(
        bool(got == expected),
        expected=say("outside of the simulation too, what the answers demand: {value}", value=hidden(str(expected))),
        got=say("{value}", value=str(got)),
    )
