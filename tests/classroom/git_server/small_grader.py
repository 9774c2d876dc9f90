"""A receive hook with a small grader, for tests of everything around the real one.

Started as the real hook is: `python -I small_grader.py DIR STUDENT`. A module earns all points when `right` stands in
it, and none otherwise. With `crash` in it the grader breaks, with `broken` each check does; with `hold` it waits, in a
process of its own as the real one, until the test writes into the pipe `held`; with `look` it tells what it sees of its
surroundings. As many pushes may wait as the file `most_waiting` says, if it is there.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from course.classroom.git_server import hook, turns
from course.classroom.partial import not_begun
from course.grade import Views
from course.judge.audience import in_language
from course.judge.module_notes import found_in
from course.judge.notes import notes_of
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
        _hold(server)
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
    points = sum(check.points for check in checks)
    notes = in_language(notes_of(found_in(source), (), source), "en")
    return msgspec.structs.replace(result, begun=True, checks=checks, points=points, problem=why, notes=notes)


def _hold(server: Path) -> None:
    """Wait as long as the real grader would for its pytest, which writes files as well."""
    place = tempfile.mkdtemp()
    told = {"hook": os.getpid(), "place": place}
    holds = f"open({str(server / 'held')!r}).read()"
    tells = f"import os, json; told = {{**{told!r}, 'child': os.getpid()}}"
    writes = f"open({str(server / 'holding')!r}, 'w').write(json.dumps(told))"
    subprocess.run([sys.executable, "-c", f"{tells}; {writes}; {holds}"], cwd=place, check=False)
    os.rmdir(place)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


if __name__ == "__main__":
    most_waiting = Path(sys.argv[1]) / "most_waiting"
    if most_waiting.exists():
        turns.MOST_WAITING = int(most_waiting.read_text(encoding="utf-8"))
    hook.main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer, grade)
