"""A receive hook with a small grader, for tests of everything around the real one.

Started as the real hook is: `python -I small_grader.py DIR STUDENT`. A module earns all points when `right` stands in
it, and none otherwise. With `crash` in it the grader breaks, with `broken` each check does; with `hold` it waits until
the test writes into the pipe `held`; with `look` it tells what it sees of its surroundings.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from course.classroom.git_server import hook
from course.classroom.partial import not_begun
from course.grade import Views
from course.judge.submission import read_module
from course.lessons import Lesson
from course.report.model import LessonResult, Result


def grade(folder: Path, lessons: list[Lesson], **terms: Any) -> Views:
    """Grade by single words."""
    server = Path(sys.argv[1])
    results = tuple(_lesson(folder, lesson, server, terms) for lesson in lessons)
    result = Result(
        schema="course/result/v1",
        submission=terms["name"],
        graded_at="2026-11-22T18:05:00+00:00",
        python="3.11.0",
        seconds=0.1,
        isolation=terms["isolation"],
        points=sum(each.points for each in results),
        max_points=sum(each.max_points for each in results),
        lessons=results,
        language=terms["language"],
    )
    return Views(result, msgspec.structs.replace(result, visibility="student"))


def _lesson(folder: Path, lesson: Lesson, server: Path, terms: dict[str, Any]) -> LessonResult:
    source, problem, _ = read_module(folder, lesson)
    if "hold" in source:
        (server / "holding").touch()
        (server / "held").read_text(encoding="utf-8")
    if "look" in source:
        seen = {"environment": dict(os.environ), "path": sys.path, "here": str(Path.cwd()), "files": _files(folder)}
        (server / "seen.json").write_text(json.dumps({**seen, "key": str(terms["key"])}), encoding="utf-8")
    if "crash" in source:
        raise RuntimeError("the small grader was told to crash\r\x1b[2J")
    result = not_begun(lesson, "en")
    right = "right" in source
    status = "broken" if "broken" in source else "passed" if right else "not_reached"
    checks = tuple(
        msgspec.structs.replace(check, status=status, points=check.max_points if right else 0)
        for check in result.checks
    )
    why = "" if right else str(problem or f"wrong: {source.strip()}")
    return msgspec.structs.replace(
        result, begun=True, checks=checks, points=sum(check.points for check in checks), problem=why
    )


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


if __name__ == "__main__":
    hook.main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer, grade)
