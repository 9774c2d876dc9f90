"""Twenty students push at the same moment to one machine: is every push accepted, every result stored and right?

python benchmarks/twenty_pushes.py [STUDENTS]

Half of them push the solution of a lesson, half a mistake whose check is known. Before, one student pushes alone, five
times, which says what a push costs without a queue.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from course.classroom.git_server import store
from course.classroom.git_server.git import program
from course.classroom.git_server.server import open_server
from course.command import main as course
from course.lessons import Lesson, all_lessons

STUDENTS = 20
ALONE = 5
IDENTITY = ("-c", "user.name=Student", "-c", "user.email=student@example.org")
WAITED = re.compile(r"([\d.]+) s of it waiting")


@dataclass
class Pushed:
    """What a student has pushed, and what came of it."""

    student: str
    lesson: Lesson
    source: str
    lost: str  # the check that must fail; "" for a solution
    accepted: bool = False
    seconds: float = 0.0
    waited: float = 0.0
    right: bool = False


def git(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in a clone."""
    command = [program(), "-C", str(clone), *IDENTITY, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def chosen(students: list[str]) -> list[Pushed]:
    """A solution or a mistake for each student, of all lessons by turns."""
    lessons, pushes = all_lessons(), []
    for number, student in enumerate(students):
        lesson = lessons[number % len(lessons)]
        if number % 2:
            mistake = (lesson.grader / "mistakes" / f"{lesson.demo}.py").read_text(encoding="utf-8")
            found = re.search(r"Killed by: (\w+)", mistake)
            assert found, f"{lesson.demo} does not say which check kills it"
            pushes.append(Pushed(student, lesson, mistake, found[1]))
        else:
            pushes.append(Pushed(student, lesson, lesson.reference, ""))
    return pushes


def push(server: Path, clones: Path, pushed: Pushed, start: threading.Barrier | None = None) -> None:
    """Commit and push as a student, and look at what was stored."""
    clone = clones / pushed.student
    if not clone.exists():
        git(clones, "clone", "-q", str(server / f"{pushed.student}.git"), str(clone))
    (clone / "exercises" / pushed.lesson.name / pushed.lesson.filename).write_text(pushed.source, encoding="utf-8")
    git(clone, "commit", "-qam", pushed.lesson.name)
    commit = git(clone, "rev-parse", "HEAD").stdout.strip()
    if start:
        start.wait()
    began = time.monotonic()
    done = git(clone, "push", "origin", "HEAD:main")
    pushed.seconds = time.monotonic() - began
    pushed.accepted = done.returncode == 0
    waited = WAITED.search(" ".join(done.stderr.replace("remote:", " ").split()))
    pushed.waited = float(waited[1]) if waited else 0.0
    pushed.right = is_right(server, pushed, commit)


def is_right(server: Path, pushed: Pushed, commit: str) -> bool:
    """Is the stored result that of the solution, or of the mistake?"""
    result = store.kept(open_server(server), pushed.student, commit)
    if result is None:
        return False
    (lesson,) = (each for each in result.full.lessons if each.lesson == pushed.lesson.name)
    failed = {check.id for check in lesson.checks if check.status == "failed"}
    broken = any(check.status == "broken" for check in lesson.checks)
    if not pushed.lost:
        return lesson.points == lesson.max_points
    return pushed.lost in failed and lesson.points < lesson.max_points and not broken


def main(students: int = STUDENTS) -> None:
    """Print the times, and whether all was well."""
    names = [f"student{number:02d}" for number in range(students)]
    with tempfile.TemporaryDirectory() as temporary:
        roster, server, clones = (Path(temporary) / name for name in ("roster", "server", "clones"))
        clones.mkdir()
        roster.write_text("\n".join(["alone", *names]), encoding="utf-8")
        assert course(["serve-git", str(server), "--roster", str(roster), "--require-isolation", "basic"]) == 0

        lesson = all_lessons()[0]
        alone = [Pushed("alone", lesson, f"{lesson.reference}\n# {number}\n", "") for number in range(ALONE)]
        for pushed in alone:
            push(server, clones, pushed)

        pushes = chosen(names)
        start = threading.Barrier(students)
        threads = [threading.Thread(target=push, args=(server, clones, pushed, start)) for pushed in pushes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        lines = [line for line in store.lines_of(open_server(server)) if line.student != "alone"]
        told = [line.student for line in lines if line.what == "graded"]
    show("one student alone, one changed lesson", [each.seconds for each in alone])
    show(f"{students} students at once, from push to report", [each.seconds for each in pushes])
    show("  of it waiting for the grader", [each.waited for each in pushes])
    print(f"accepted {sum(each.accepted for each in pushes)}, stored and right {sum(each.right for each in pushes)}")
    wrong = [each.student for each in (*alone, *pushes) if not (each.accepted and each.right)]
    if wrong or sorted(told) != names:
        sys.exit(f"not accepted, not stored or not right: {', '.join(wrong)}; graded in the log: {len(told)}")


def show(what: str, seconds: list[float]) -> None:
    """Print the least, the median and the most."""
    print(f"{what}: {min(seconds):.1f} / {statistics.median(seconds):.1f} / {max(seconds):.1f} s (least, median, most)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
