"""The gradebook: the result that counts, of each student in each lesson, in the columns of `gh classroom grades`.

One more tells in how many ways the lesson's module reaches into the grader: look at those that have any.
"""

from collections.abc import Iterator

from course.classroom.git_server.server import Server
from course.classroom.git_server.store import counting
from course.lessons import all_lessons
from course.report.sinks import csv_row

COLUMNS = (
    *("assignment_name", "assignment_url", "starter_code_url", "github_username", "roster_identifier"),
    *("student_repository_name", "student_repository_url", "submission_timestamp"),
    *("points_awarded", "points_available", "group_name", "reaches_into_grader"),
)


def gradebook(server: Server) -> str:
    """The whole of it, as CSV; a lesson nobody has handed in has no points and no moment."""
    return "".join((",".join(COLUMNS) + "\r\n", *_rows(server)))


def _rows(server: Server) -> Iterator[str]:
    for student in server.students:
        push = counting(server, student)
        lessons = push.full.lessons if push else ()
        points = {lesson.lesson: lesson.points for lesson in lessons}
        reaching = {lesson.lesson: sum(note.kind == "reaches" for note in lesson.notes) for lesson in lessons}
        for lesson in all_lessons():
            repository = server.repository(student)
            begun = push is not None and lesson.name in push.keys
            yield csv_row(
                (
                    *(lesson.name, "", "", "", student, repository.name, str(repository)),
                    push.received if push and begun else "",
                    points.get(lesson.name, 0),
                    lesson.max_points,
                    "",
                    reaching.get(lesson.name, 0),
                )
            )
