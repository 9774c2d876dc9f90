"""Classroom 50's `result.json`: its schema, whole numbers, and a student's text that stays text."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from course.report.classroom50 import FIELDS, NotClassroom50Error, result_json
from course.report.model import Result
from tests.report import samples
from tests.report.dangers import STEADY_AND_SLOW, TEXTS, dangers_in

TEXT = {"type": "string", "minLength": 1}
SCORE = {"type": "integer", "minimum": 0}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release", "review"),
        *("datetime", "score", "max-score", "tests"),
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        **dict.fromkeys(("classroom", "assignment", "owner", "commit", "release", "review"), TEXT),
        "assignment_type": {"enum": ["individual", "group"]},
        "submission": {"type": "string", "pattern": "^submit/"},
        "datetime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "score": SCORE,
        "max-score": SCORE,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {"test-name": TEXT, "passed": {"type": "boolean"}, "score": SCORE, "max-score": SCORE},
            },
        },
    },
}
ENVIRONMENT = {name: f"some {name}" for name in FIELDS.values()} | {
    "SUBMISSION_TAG": "submit/2026-11-22T18-05-00Z-0123456",
    "ASSIGNMENT_TYPE": "group",
}


def valid(result: Result) -> dict[str, Any]:
    """The document, which must follow the schema, with scores that fit."""
    text = result_json(result, ENVIRONMENT)
    assert dangers_in(text) == []
    document: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(document)
    for scored in (document, *document["tests"]):
        assert scored["score"] <= scored["max-score"]
    return document


@pytest.mark.parametrize(
    "sample", [samples.right, samples.wrong_time_line, samples.problem, samples.everything, samples.hostile]
)
def test_every_result_is_a_valid_document_with_its_points(sample: samples.Sample) -> None:
    result = sample()
    document = valid(result)
    assert (document["score"], document["max-score"]) == (result.points, result.max_points)


def test_a_check_is_a_test() -> None:
    tests = valid(samples.wrong_time_line())["tests"]
    assert [test["test-name"] for test in tests] == list(samples.PROMISES.values())
    assert [(test["passed"], test["score"], test["max-score"]) for test in tests] == [
        (True, 2, 2),
        *[(False, 0, 2)] * 3,
    ]


def test_the_runner_says_whose_it_is_and_the_time_is_in_utc() -> None:
    document = valid(msgspec.structs.replace(samples.right(), graded_at="2026-11-22T20:05:00+02:00"))
    assert document["datetime"] == "2026-11-22T18:05:00Z"
    assert (document["owner"], document["review"]) == ("some OWNER", "some REVIEW_URL")


@pytest.mark.parametrize("name", FIELDS.values())
def test_what_the_runner_does_not_say_is_named(name: str) -> None:
    with pytest.raises(NotClassroom50Error, match=name):
        result_json(samples.right(), {**ENVIRONMENT, name: ""})


@STEADY_AND_SLOW
@given(TEXTS)
def test_no_text_changes_the_document(text: str) -> None:
    assert len(valid(samples.hostile(text))["tests"]) == 3
