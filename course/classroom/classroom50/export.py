"""`course export classroom50`: an autograder for each lesson, which holds nothing of the grader."""

from pathlib import Path

from course.classroom.editions import ReleaseError, check_grader, hidden_files
from course.classroom.leaks import leaks
from course.lessons import ROOT, Lesson

TEMPLATE = Path(__file__).with_name("autograder.py")


def autograders(lessons: list[Lesson], grader: str | None, root: Path = ROOT) -> dict[str, bytes]:
    """The files for `CLASSROOM/autograders/` by path: a folder for each lesson, named as its assignment (`t01-quotes`).

    `grader` says where the grader is, for runners that do not have it: `ORG/REPO@REF`. Without, all runners must.

    Raises:
        ReleaseError: that is no grader, or something hidden would be in the files, which everybody can read.
    """
    if grader is not None:
        check_grader(grader)
    repository, _, ref = (grader or "").rpartition("@")
    template = TEMPLATE.read_text(encoding="utf-8")
    files = {}
    for lesson in lessons:
        text = template.replace("@lesson@", lesson.name).replace("@repository@", repository).replace("@ref@", ref)
        files[f"{lesson.name.replace('_', '-')}/autograder.py"] = text.encode()
    stubs = [lesson.exercise.read_text(encoding="utf-8") for lesson in lessons]
    if found := leaks(files, hidden_files(root, lessons), stubs):
        raise ReleaseError("Nothing was exported, because students would see what is hidden:\n" + "\n".join(found))
    return files
