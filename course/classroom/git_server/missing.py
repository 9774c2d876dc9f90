"""Missing results: what came to main and has none, because it was postponed, the grader broke or the machine went down.

Which commits came, and when, is told by the log; and by git's own, for those whose hook was ended before it wrote.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

from course.classroom.git_server import store, turns
from course.classroom.git_server.bringing_up import RELEASED
from course.classroom.git_server.git import git, is_ancestor, resolve
from course.classroom.git_server.grading import Grader
from course.classroom.git_server.receiving import Desk, grade_push
from course.classroom.git_server.server import MAIN, Server
from course.classroom.git_server.store import Push
from course.classroom.git_server.telling import SILENT
from course.classroom.partial import may_be_kept
from course.grade import grade_views
from course.settings import settings

REF = f"refs/heads/{MAIN}"


def grade_missing(server: Server, grade: Grader = grade_views) -> tuple[list[str], list[str]]:
    """Grade what has no result, what counts first; whose commits got a whole one, and whose failed again."""
    language = server.terms.language or settings().language(os.environ)
    desk = Desk(server, SILENT, language, grade)
    graded: list[str] = []
    failed: list[str] = []
    for push in without_result(server):
        grade_push(desk, push, turns.ticket_for_backlog(server.turns, push.student))
        (graded if _is_whole(store.kept(server, push.student, push.commit)) else failed).append(push.student)
    return graded, failed


def without_result(server: Server) -> list[Push]:
    """The commits that came to main and have no result; first the tips, which need a whole one, then as they came."""
    for push in _unlogged(server):
        store.note(server, store.pushed(push, "work", ""))
    tips = {(student, resolve(server.repository(student), REF)) for student in server.students}
    missing = [push for which, push in _logged(server).items() if not _has_result(server, push, is_tip=which in tips)]
    return sorted(missing, key=lambda push: ((push.student, push.commit) not in tips, push.received))


def _logged(server: Server) -> dict[tuple[str, str], Push]:
    """The newest push of each commit to main, by student and commit, as the log tells them."""
    students = set(server.students)
    pushes = (line for line in store.lines_of(server) if line.what in ("work", "forced") and line.student in students)
    return {(line.student, line.commit): Push(line.student, line.commit, line.ref, line.at) for line in pushes}


def _unlogged(server: Server) -> Iterator[Push]:
    """What students have pushed to main and the log does not know."""
    logged = _logged(server)
    for student in server.students:
        repository = server.repository(student)
        if not resolve(repository, REF):
            continue
        moves = git(repository, "log", "-g", "--date=iso-strict", "--format=%H%gd", REF, "--").decode().splitlines()
        came = {move[:40]: move.rpartition("@{")[2].rstrip("}") for move in reversed(moves)}
        for commit, moment in came.items():
            if (student, commit) not in logged and not is_ancestor(repository, commit, RELEASED):
                received = datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="milliseconds")
                yield Push(student, commit, REF, received)


def _has_result(server: Server, push: Push, *, is_tip: bool) -> bool:
    return _is_whole(store.kept(server, push.student, push.commit)) if is_tip else store.is_kept(server, push)


def _is_whole(result: store.GradedPush | None) -> bool:
    """True when there is a result, and no check in it that broke."""
    return result is not None and all(map(may_be_kept, result.full.lessons))
