"""The result model: what is written can be read again, and its published schema is the one that holds."""

import json

import jsonschema
import msgspec
import pytest

from course.report import model
from tests.report import samples


@pytest.mark.parametrize("make", [samples.right, samples.problem, samples.everything], ids=lambda make: make.__name__)
def test_a_result_survives_json(make: samples.Sample) -> None:
    """What `to_json` writes, `from_json` reads as the same result."""
    result = make()
    assert model.from_json(model.to_json(result)) == result
    assert model.from_json(model.to_json(result).encode()) == result


def test_json_of_a_result_ends_with_a_line_break_and_keeps_signs_readable() -> None:
    """People read result.json too."""
    text = model.to_json(samples.result(submission="王小明"))
    assert '"submission": "王小明"' in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    "change",
    [{"schema": "course/result/v2"}, {"points": "12"}, {"surprise": 1}, {"lessons": [{"lesson": "t01_quotes"}]}],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_a_result_is_refused(change: dict[str, object]) -> None:
    """Another schema, a wrong type, an unknown field or a missing one are errors, not guesses."""
    table = json.loads(model.to_json(samples.right()))
    with pytest.raises(msgspec.MsgspecError):
        model.from_json(json.dumps({**table, **change}))


def test_a_result_cannot_be_changed() -> None:
    """Reports share one result; none can alter it for the others."""
    with pytest.raises(AttributeError):
        samples.right().points = 100  # type: ignore[misc]


def test_replace_gives_a_lesson_its_speed_up_and_leaves_the_rest() -> None:
    """The measurement comes after the grading."""
    before = samples.lesson()
    after = model.replace(before, speed_up=samples.VIRTUAL)
    assert (before.speed_up, after.speed_up) == (None, samples.VIRTUAL)
    assert model.replace(after, speed_up=samples.VIRTUAL).checks == before.checks


def test_published_schema_is_up_to_date() -> None:
    """`python -m course.report.model` writes the file; it is committed with the model."""
    assert model.SCHEMA_FILE.read_text(encoding="utf-8") == model.schema()


@pytest.mark.parametrize("make", [samples.right, samples.problem, samples.everything], ids=lambda make: make.__name__)
def test_published_schema_accepts_an_encoded_result(make: samples.Sample) -> None:
    """Somebody else's JSON schema tool comes to the same verdict as msgspec."""
    schema = json.loads(model.SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(model.to_json(make())))


def test_published_schema_refuses_what_is_not_a_result() -> None:
    """The schema is no rubber stamp."""
    table = json.loads(model.to_json(samples.everything()))
    table["lessons"][0]["checks"][0]["status"] = "splendid"
    with pytest.raises(jsonschema.ValidationError, match="splendid"):
        jsonschema.validate(table, json.loads(model.SCHEMA_FILE.read_text(encoding="utf-8")))
