"""The reporter's contract: one id per lesson, whole equal points, nothing that it would print as a command."""

import base64
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from course.lessons import all_lessons
from course.report.model import Result, Status
from course.report.reporter import outputs
from tests.report import samples
from tests.report.dangers import STEADY_AND_SLOW, TEXTS, commands_in, dangers_in
from tests.report.reporter import Reported, reported

CONTRACT = {
    "type": "object",
    "required": ["version", "status", "message", "max_score", "tests"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 1},
        "status": {"enum": ["pass", "fail", "error"]},
        "message": {"type": ["string", "null"]},
        "max_score": {"type": "integer", "minimum": 1},
        "tests": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "status", "score", "message", "test_code", "filename", "line_no", "duration"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "status": {"enum": ["pass", "fail", "error"]},
                    "score": {"type": "integer", "minimum": 0},
                    "message": {"type": ["string", "null"]},
                    "test_code": {"type": "string"},
                    "filename": {"type": "string"},
                    "line_no": {"type": "integer", "minimum": 0},
                    "duration": {"type": "integer", "minimum": 0},
                },
            },
        },
    },
}
PLACES = {lesson.name: f"exercises/{lesson.name}/{lesson.filename}" for lesson in all_lessons()}
# Of one text in the environment of a process (Linux).
LONGEST_TEXT = 128 << 10


def decoded(result: Result) -> dict[str, Any]:
    """What the reporter reads, by lesson; it must follow the contract."""
    read = {key: json.loads(base64.b64decode(text, validate=True)) for key, text in outputs(result, PLACES).items()}
    for each in read.values():
        Draft202012Validator(CONTRACT).validate(each)
    return read


def as_reported(result: Result) -> Reported:
    """What the reporter says of a result."""
    given = outputs(result, PLACES)
    assert all(re.fullmatch("[a-zA-Z0-9]+", key) for key in given)
    return reported(",".join(given), {f"{key.upper()}_RESULTS": text for key, text in given.items()})


@pytest.mark.parametrize(
    "sample",
    [samples.right, samples.noticed, samples.wrong_time_line, samples.wrong_interleaving, samples.problem,
     samples.everything, samples.hostile],
)  # fmt: skip
def test_table_and_notice_agree_with_the_points(sample: samples.Sample) -> None:
    result = sample()
    decoded(result)
    told = as_reported(result)
    assert told.notice == (result.points, result.max_points)
    assert told.table == pytest.approx(told.notice)
    assert told.code == int(result.points < result.max_points)


def test_any_number_of_points_comes_out_whole() -> None:
    """The table divides and multiplies: it would show 6.000000000000001 where a lesson is worth much."""
    for most in (1, 3, 7, 10, 20):
        for points in range(most + 1):
            check = samples.check("empty", "passed" if points == most else "failed", points=points, max_points=most)
            lesson = samples.lesson(check, points=points, max_points=most)
            told = as_reported(samples.result(lesson))
            assert (round(told.table[0], 9), told.notice) == (points, (points, most))


OUTCOMES: tuple[Status, ...] = ("passed", "failed", "not_reached", "broken")


@STEADY_AND_SLOW
@given(st.data())
def test_whatever_checks_of_our_lessons_fail_all_totals_agree(data: st.DataObject) -> None:
    lessons = []
    for lesson in all_lessons():
        checks = []
        for spec in lesson.checks:
            status = data.draw(st.sampled_from(OUTCOMES))
            points = spec.points if status == "passed" else 0
            check = samples.check("empty", status, id=spec.id, says=spec.says.en, points=points)
            checks.append(msgspec.structs.replace(check, max_points=spec.points))
        lessons.append(samples.lesson(*checks, lesson=lesson.name))
    result = samples.result(*lessons)
    decoded(result)
    told = as_reported(result)
    assert told.notice == (result.points, result.max_points)
    assert [round(total, 9) for total in told.table] == list(told.notice)


def test_a_check_is_as_many_tests_as_it_has_points() -> None:
    read = decoded(samples.wrong_time_line())["t01"]
    names = [test["name"] for test in read["tests"]]
    promises = list(samples.PROMISES.values())
    assert names == [f"{promise} ({number}/2)" for promise in promises for number in (1, 2)]
    assert [test["status"] for test in read["tests"]] == ["pass"] * 2 + ["error"] * 2 + ["fail"] * 4
    assert [test["score"] for test in read["tests"]] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert read["status"] == "error"


def test_a_failed_test_has_its_place_and_what_was_got() -> None:
    failed = decoded(samples.wrong_time_line())["t01"]["tests"][4]
    assert failed["filename"] == "exercises/t01_quotes/quotes.py"
    assert failed["line_no"] == 14
    assert failed["message"] == "at most 1; 3.0 s instead of 1.0 s"


def test_a_module_that_cannot_be_graded_says_why() -> None:
    read = decoded(samples.problem())["t01"]
    assert read["status"] == "fail"
    assert {test["message"] for test in read["tests"]} == {samples.problem().lessons[0].problem}


@STEADY_AND_SLOW
@given(TEXTS)
def test_no_text_gives_the_reporter_a_line_or_a_command(text: str) -> None:
    """It prints names and messages as they are."""
    result = samples.hostile(text)
    for test in decoded(result)["t01"]["tests"]:
        for shown in (test["name"], test["message"] or "", test["test_code"]):
            assert "\n" not in shown
            assert "::" not in shown
            assert dangers_in(shown) == []
    log = as_reported(result).log.splitlines()
    assert commands_in("\n".join(log)) == log[-2:]


def test_the_reporters_step_can_be_started_whatever_a_student_writes() -> None:
    for text in (samples.HOSTILE, samples.LONG, "\x00" * 10_000, "价" * 10_000):
        for output in outputs(samples.hostile(text), PLACES).values():
            assert len(output) < LONGEST_TEXT // 8
            assert re.fullmatch(r"[A-Za-z0-9+/]+=*", output)
