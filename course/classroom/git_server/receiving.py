"""Receiving: what happens after a push. It is stored already; whatever goes wrong here, it stays.

Each commit that comes to main is kept alive by a ref of its own, graded, and its result stored; then its student is
told. A push that is superseded before its turn, or finds the queue full, is postponed: it stays to do until a hook of
the same student finds the grader idle, or `course serve-git` is called. Branches and tags beside main are only named.
"""

import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from course.classroom.git_server import store, turns
from course.classroom.git_server.git import git, resolve
from course.classroom.git_server.grading import Grader, Submission, graded, look_at
from course.classroom.git_server.server import COURSE, Server
from course.classroom.git_server.store import Push
from course.classroom.git_server.telling import SHORT, SILENT, WORDS, Teller
from course.classroom.git_server.turns import Crowded, Postponed, Superseded, Ticket
from course.classroom.git_server.updates import Kind, Update, kind_of
from course.classroom.partial import with_lessons
from course.ending import scratch
from course.grade import grade_views
from course.judge.submission import notes_on
from course.language import Language
from course.lessons import Lesson, all_lessons
from course.report.sinks import log_lines

KEPT_ALIVE = "refs/course/graded"
A_MOMENT = 0.5  # seconds that one waits without a word
SAY_EVERY = 5.0
MOST_OTHERS = 10  # branches and tags of one push that are named
MOST_ODD = 5  # things of a commit


@dataclass
class Desk:
    """What gradings have in common: the server, its lessons, the language, the grader, and whoever is told of it."""

    server: Server
    teller: Teller
    language: Language
    grade: Grader = grade_views
    lessons: list[Lesson] = field(default_factory=lambda: list(all_lessons()))


def receive(desk: Desk, student: str, updates: Iterable[Update]) -> None:
    """Tell the student what has become of a push, and grade what came to main; then, if it can, what was postponed."""
    began, received, others, is_done = time.monotonic(), store.now(), 0, False
    for update in updates:
        kind = kind_of(desk.server.repository(student), update)
        push = Push(student, update.new, update.ref, received)
        store.note(desk.server, store.pushed(push, kind, update.old))
        if kind in ("work", "forced"):
            store.begin(desk.server, push)
            desk.teller.say("stored", commit=update.new[:SHORT])
            if kind == "forced":
                desk.teller.say("forced")
            is_done = _is_graded_now(desk, push, began)
            continue
        others += 1
        if others <= MOST_OTHERS:
            _name(desk.teller, kind, update)
    if others > MOST_OTHERS:
        desk.teller.say("more_others", more=others - MOST_OTHERS)
    if is_done:
        _catch_up(desk, student)


def _name(teller: Teller, kind: Kind, update: Update) -> None:
    """Say what became of a branch or a tag besides main."""
    if kind == "branch" and update.name == COURSE:
        teller.say("course")
    else:
        teller.about(kind, update.name)


def _is_graded_now(desk: Desk, push: Push, began: float) -> bool:
    """Grade a push in its turn, or tell the student why not; True when there is a result."""
    repository = desk.server.repository(push.student)

    def is_newest() -> bool:
        return resolve(repository, push.ref) in (push.commit, "")

    try:
        grade_push(desk, push, turns.ticket_for_push(desk.server.turns, push.student, is_newest), began)
    except Superseded:
        desk.teller.say("superseded")
    except Crowded:
        desk.teller.say("crowded", waiting=turns.MOST_WAITING)
    else:
        return store.kept(desk.server, push.student, push.commit) is not None
    store.note(desk.server, store.postponed(push))
    return False


def _catch_up(desk: Desk, student: str) -> None:
    """Grade what was postponed of this student, as long as the grader is idle; the newest first."""
    for push in store.to_do(desk.server, student):
        try:
            grade_push(replace(desk, teller=SILENT), push, _idle(desk, push))
        except Postponed:
            return
        result = store.kept(desk.server, student, push.commit)
        if result is not None:
            desk.teller.say("caught_up", points=result.view.points, max_points=result.view.max_points)


@contextmanager
def _idle(desk: Desk, push: Push) -> Iterator[Ticket]:
    """Take a free place, and say what for."""
    with turns.ticket_when_idle(desk.server.turns, push.student, turns.places()) as ticket:
        desk.teller.say("catching_up", commit=push.commit[:SHORT])
        yield ticket


def grade_push(desk: Desk, push: Push, ticket: AbstractContextManager[Ticket], began: float | None = None) -> None:
    """Grade a commit in its turn, store the result and tell it; when that cannot be done, say so.

    `began` is when the push came, by the monotonic clock: now, if nothing is given.

    Raises:
        Postponed: its turn does not come. The commit stays to do.
        OSError: not even the log can be written.
    """
    began = began or time.monotonic()
    try:
        keep_alive(desk.server, push)
        with ticket as mine, scratch(), tempfile.TemporaryDirectory(prefix="course-") as temporary:
            submission, result, waited = _grade_in_turn(desk, push, mine, Path(temporary) / push.student, began)
        _tell(
            desk.teller, submission, result, time.monotonic() - began, waited
        )  # without a place: it may be read slowly
    except Postponed:
        raise
    except Exception:
        store.note(desk.server, store.graded(push, None))
        told = log_lines(traceback.format_exc().rstrip())
        store.note_error(desk.server, {"student": push.student, "commit": push.commit}, told)
        store.finish(desk.server, push)
        desk.teller.say("broken")


def keep_alive(server: Server, push: Push) -> None:
    """Have the commit stay, also when no branch leads to it any more."""
    git(server.repository(push.student), "update-ref", f"{KEPT_ALIVE}/{push.commit}", push.commit)


def _grade_in_turn(
    desk: Desk, push: Push, ticket: Ticket, folder: Path, began: float
) -> tuple[Submission, store.GradedPush, float]:
    """Grade a commit when no other of the student is graded, and a place is free if it needs one.

    What it handed in, its result, and the seconds that it has waited.
    """
    waiting = _Waiting(desk.teller)
    asked = time.monotonic()
    ticket.wait_for_own(waiting.for_own)
    looked = time.monotonic()
    submission = look_at(desk.server, push, desk.lessons, desk.language, folder)
    asked += time.monotonic() - looked
    ticket.begin(turns.places() if submission.changed else turns.NO_LIMIT, waiting.for_others)
    waited = time.monotonic() - asked
    desk.teller.names("grading", [lesson.name for lesson in submission.changed])
    return submission, _store(desk, push, submission, began), waited


def _store(desk: Desk, push: Push, submission: Submission, began: float) -> store.GradedPush:
    views, names = graded(desk.server, push.student, submission, desk.language, desk.grade)
    result = store.GradedPush(
        schema="course/graded-push/v1",
        student=push.student,
        commit=push.commit,
        ref=push.ref,
        received=push.received,
        keys=submission.keys,
        full=views.full,
        view=views.student,
    )
    store.keep(desk.server, result)
    store.note(desk.server, store.graded(push, result, seconds=time.monotonic() - began, lessons=names))
    store.finish(desk.server, push)
    return result


class _Waiting:
    """Says how many come first, when it takes more than a moment, and again when that has changed after a while."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._next = time.monotonic() + A_MOMENT
        self._said = 0
        self._has_said_own = False

    def for_own(self) -> None:
        if not self._has_said_own:
            self._teller.say("own_before")
        self._has_said_own = True

    def for_others(self, before: int) -> None:
        if time.monotonic() >= self._next and before != self._said:
            self._teller.say("before_you", before=before)
            self._next, self._said = time.monotonic() + SAY_EVERY, before


def _tell(teller: Teller, submission: Submission, result: store.GradedPush, seconds: float, waited: float) -> None:
    changed = {lesson.name for lesson in submission.changed}
    view = result.view
    if not submission.keys:
        teller.say("nothing_begun")
    elif not changed:
        teller.say("nothing_changed")
    else:
        teller.report(with_lessons(view, [lesson for lesson in view.lessons if lesson.lesson in changed]))
    teller.lessons("unchanged", [lesson for lesson in view.lessons if lesson.lesson in submission.kept])
    teller.names("not_begun", [lesson.name for lesson in submission.not_begun] if submission.keys else [])
    for place, why in list(submission.snapshot.odd.items())[:MOST_ODD]:
        teller.about(why, place or WORDS["top"])
    for note in notes_on(submission.strangers):
        teller.note(note)
    for place in submission.snapshot.unlisted:
        teller.about("unlisted", place or WORDS["top"])
    form = "total_waited" if waited >= A_MOMENT else "total"
    teller.say(form, points=view.points, max_points=view.max_points, seconds=seconds, waited=waited)
