"""A result for `classroom-resources/autograding-grading-reporter`: one base64 text per lesson.

The reporter prints a table, in which a lesson's points are the passed part of its tests, and a notice, in which they
are the sum of the tests' scores. Both agree because every test is worth one point: a check worth three is three tests.
Names and messages are printed as they are, so they are one line each, and no workflow commands.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from course.report.escape import harmless
from course.report.model import CheckResult, LessonResult, Result
from course.report.sinks import log_text

STATUS = {"passed": "pass", "failed": "fail", "not_reached": "fail", "broken": "error"}
# The reporter's step gets all lessons in its environment, where a text may have 128 KiB (Linux, MAX_ARG_STRLEN).
LONGEST = 160


def outputs(result: Result, places: Mapping[str, str]) -> dict[str, str]:
    """The reporter's input by lesson (`t01`); `places` are the paths of the lessons' modules in the repository."""
    result = harmless(result)
    return {key_of(lesson): _encoded(report_of(lesson, places[lesson.lesson])) for lesson in result.lessons}


def key_of(lesson: LessonResult) -> str:
    """The id of a lesson for the reporter, which takes letters and digits only."""
    return lesson.lesson.partition("_")[0]


def report_of(lesson: LessonResult, place: str) -> dict[str, Any]:
    """What the reporter reads about a lesson."""
    tests = [test for check in lesson.checks for test in _tests(lesson, check, place)]
    found = {test["status"] for test in tests}
    return {
        "version": 1,
        "status": next((status for status in ("error", "fail") if status in found), "pass"),
        "message": None,
        "max_score": lesson.max_points,
        "tests": tests,
    }


def _tests(lesson: LessonResult, check: CheckResult, place: str) -> list[dict[str, Any]]:
    """One test for each point of the check: as many passed as points were earned."""
    message = _message(lesson, check)
    line = check.failure.look_at.line if check.failure and check.failure.look_at else 0
    several = check.max_points > 1
    return [
        {
            "name": log_text(f"{check.says} ({number}/{check.max_points})" if several else check.says, LONGEST),
            "status": "pass" if number <= check.points else STATUS[check.status],
            "score": int(number <= check.points),
            "message": log_text(message, LONGEST) if message and number > check.points else None,
            "test_code": "",
            "filename": log_text(place, LONGEST),
            "line_no": line,
            "duration": 0,
        }
        for number in range(1, check.max_points + 1)
    ]


def _message(lesson: LessonResult, check: CheckResult) -> str:
    if check.failure:
        return check.failure.got
    return check.reason or lesson.problem


def _encoded(report: dict[str, Any]) -> str:
    return b64encode(json.dumps(report).encode()).decode()
