"""Facts proved outside the worker: who called the judge at the same time, and what only the judge could tell them.

A run record is written by a process that the student's code shares. What these functions look at is not: the calls
arrived here, over connections of their own, and their answers were drawn here a moment before.
"""

import secrets
from collections.abc import Iterable

from course.judge.run import Run
from course.language import Sentence, say


def secret_texts(tags: Iterable[str]) -> dict[str, str]:
    """A number, as a text, for each tag, which nobody can know before the judge tells it."""
    return {tag: str(1_000 + secrets.randbelow(1_000_000)) for tag in tags}


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
