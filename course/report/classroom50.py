"""A result as the `result.json` of Classroom 50, in its schema `classroom50/result/v1`.

Every assignment is one lesson there. Its runner puts `owner`, `assignment_type` and `datetime` of its own into it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from course.report.escape import harmless
from course.report.model import CheckResult, Result
from course.report.sinks import json_text, log_text

SCHEMA = "classroom50/result/v1"
SUBMISSION = "submit/"
# What its runner tells us, by the field that it goes into.
FIELDS = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}
LONGEST_NAME = 100


class NotClassroom50Error(Exception):
    """The environment is not that of Classroom 50's runner; the message says what is wrong with it."""


def result_json(result: Result, environment: Mapping[str, str]) -> str:
    """The text of `result.json`.

    Raises:
        NotClassroom50Error: the environment does not say whose submission this is.
    """
    result = harmless(result)
    tests = [_test(check) for lesson in result.lessons for check in lesson.checks]
    document = {
        "schema": SCHEMA,
        **_identity(environment),
        "datetime": datetime.fromisoformat(result.graded_at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json_text(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _identity(environment: Mapping[str, str]) -> dict[str, str]:
    missing = [name for name in FIELDS.values() if not environment.get(name)]
    if missing:
        raise NotClassroom50Error(f"Classroom 50's runner sets {', '.join(missing)}; here nobody has.")
    found = {field: environment[name] for field, name in FIELDS.items()}
    if not found["submission"].startswith(SUBMISSION):
        raise NotClassroom50Error(f"SUBMISSION_TAG is {found['submission']!r}; a submission begins with {SUBMISSION}.")
    return found


def _test(check: CheckResult) -> dict[str, Any]:
    return {
        "test-name": log_text(check.says, LONGEST_NAME),
        "passed": check.status == "passed",
        "score": check.points,
        "max-score": check.max_points,
    }
