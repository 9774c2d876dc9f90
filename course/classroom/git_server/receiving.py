"""Receiving: what happens after a push. It is stored already; whatever goes wrong here, it stays.

Each commit that comes to main is kept alive by a ref of its own, graded, and its result stored; then its student is
told. Branches and tags besides main are only named.
"""

import tempfile
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from course.classroom.git_server import store
from course.classroom.git_server.git import git
from course.classroom.git_server.grading import Grader, Submission, graded, look_at
from course.classroom.git_server.server import COURSE, Server
from course.classroom.git_server.store import Push
from course.classroom.git_server.telling import SHORT, Teller
from course.classroom.git_server.turns import alone, places, turn
from course.classroom.git_server.updates import Kind, Update, kind_of
from course.classroom.partial import with_lessons
from course.grade import grade_views
from course.judge.submission import notes_on
from course.language import Language, speaking
from course.lessons import Lesson, all_lessons
from course.report.sinks import log_lines

KEPT_ALIVE = "refs/course/graded"
A_MOMENT = 0.5  # seconds that one waits without a word
SAY_EVERY = 5.0
MOST_OTHERS = 10  # branches and tags of one push that are named


@dataclass
class Desk:
    """What gradings have in common: the server, its lessons, the language, the grader, and whoever is told of it."""

    server: Server
    teller: Teller
    language: Language
    grade: Grader = grade_views
    lessons: list[Lesson] = field(default_factory=lambda: list(all_lessons()))


def receive(desk: Desk, student: str, updates: Iterable[Update]) -> None:
    """Tell the student what has become of a push, and grade what came to main."""
    began, received, others = time.monotonic(), store.now(), 0
    with speaking(desk.language):
        for update in updates:
            kind = kind_of(desk.server.repository(student), update)
            push = Push(student, update.new, update.ref, received)
            store.note(desk.server, store.pushed(push, kind, update.old))
            if kind in ("work", "forced"):
                desk.teller.say("stored", commit=update.new[:SHORT])
                if kind == "forced":
                    desk.teller.say("forced")
                grade_push(desk, push, began)
                continue
            others += 1
            if others <= MOST_OTHERS:
                _name(desk.teller, kind, update)
        if others > MOST_OTHERS:
            desk.teller.say("more_others", more=others - MOST_OTHERS)


def _name(teller: Teller, kind: Kind, update: Update) -> None:
    """Say what became of a branch or a tag besides main."""
    if kind == "branch" and update.name == COURSE:
        teller.say("course")
    else:
        teller.about(kind, update.name)


def grade_push(desk: Desk, push: Push, began: float) -> None:
    """Grade a commit, store the result and tell it; when that cannot be done, say so. `began`: of the monotonic clock.

    Raises:
        OSError: not even the log can be written.
    """
    try:
        keep_alive(desk.server, push)
        with (
            alone(desk.server.turns, push.student, lambda: desk.teller.say("own_before")),
            tempfile.TemporaryDirectory(prefix="course-") as temporary,
        ):
            _grade_alone(desk, push, Path(temporary) / push.student, began)
    except Exception:
        store.note(desk.server, store.graded(push, None))
        told = log_lines(traceback.format_exc().rstrip())
        store.note_error(desk.server, {"student": push.student, "commit": push.commit}, told)
        desk.teller.say("broken")


def keep_alive(server: Server, push: Push) -> None:
    """Have the commit stay, also when no branch leads to it any more."""
    git(server.repository(push.student), "update-ref", f"{KEPT_ALIVE}/{push.commit}", push.commit)


def _grade_alone(desk: Desk, push: Push, folder: Path, began: float) -> None:
    """Grade a commit while nothing else of this student's is graded."""
    submission = look_at(desk.server, push, desk.lessons, desk.language, folder)
    waited = 0.0
    if submission.changed:
        asked = time.monotonic()
        with turn(desk.server.turns, places(), _Waiting(desk.teller)):
            waited = time.monotonic() - asked
            desk.teller.names("grading", [lesson.name for lesson in submission.changed])
            result = _store(desk, push, submission, began)
    else:
        result = _store(desk, push, submission, began)
    _tell(desk.teller, submission, result, time.monotonic() - began, waited)


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
    return result


class _Waiting:
    """Says how many come first, when it takes more than a moment, and again when that has changed after a while."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._next = time.monotonic() + A_MOMENT
        self._said = 0

    def __call__(self, before: int) -> None:
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
    for note in notes_on(submission.strangers):
        teller.note(note)
    form = "total_waited" if waited >= A_MOMENT else "total"
    teller.say(form, points=view.points, max_points=view.max_points, seconds=seconds, waited=waited)
