"""Missing results: pushed, and not graded, or not wholly, because the grader broke or the machine went down."""

import io
import os
import time

from course.classroom.git_server import store
from course.classroom.git_server.bringing_up import RELEASED
from course.classroom.git_server.git import resolve
from course.classroom.git_server.grading import Grader
from course.classroom.git_server.receiving import Desk, grade_push
from course.classroom.git_server.server import MAIN, Server
from course.classroom.git_server.telling import Teller
from course.classroom.partial import may_be_kept
from course.grade import grade_views
from course.settings import settings


def grade_missing(server: Server, grade: Grader = grade_views) -> tuple[list[str], list[str]]:
    """Grade what counts and has no whole result; the students whose work got one, and those where it failed again."""
    language = server.terms.language or settings().language(os.environ)
    desk = Desk(server, Teller(io.BytesIO()), language, grade)
    graded: list[str] = []
    failed: list[str] = []
    for student in server.students:
        repository, ref = server.repository(student), f"refs/heads/{MAIN}"
        tip = resolve(repository, ref)
        if not tip or tip == resolve(repository, RELEASED) or _is_whole(store.kept(server, student, tip)):
            continue
        grade_push(desk, store.Push(student, tip, ref, _received(server, student, tip)), time.monotonic())
        (graded if _is_whole(store.kept(server, student, tip)) else failed).append(student)
    return graded, failed


def _is_whole(result: store.GradedPush | None) -> bool:
    """True when there is a result, and no check in it that broke."""
    return result is not None and all(map(may_be_kept, result.full.lessons))


def _received(server: Server, student: str, commit: str) -> str:
    """When the commit was pushed, as the log says; now, if it was never told."""
    pushes = (line for line in store.lines_of(server) if line.what not in store.OF_GRADINGS)
    told = [line.at for line in pushes if (line.student, line.commit) == (student, commit)]
    return told[-1] if told else store.now()
