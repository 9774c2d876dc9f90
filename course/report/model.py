"""The result of grading one submission: one frozen model, from which every report is made.

`result.schema.json` beside this file is its published JSON schema (`python -m course.report.model` writes it).
Times are seconds; points are whole.
"""

import json
from pathlib import Path
from typing import Any, Literal

import msgspec

SCHEMA_FILE = Path(__file__).with_name("result.schema.json")

Status = Literal["passed", "failed", "not_reached", "broken"]


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the model: immutable values."""


class Location(Model, frozen=True):
    """A line of the student's module."""

    file: str
    line: int
    source: str


class Diagnosis(Model, frozen=True):
    """A classic mistake, recognised in the run."""

    id: str
    name: str
    text: str


class Bar(Model, frozen=True):
    """One call on a time line: from `start` to `end` (null: still going on when the run was over)."""

    lane: str
    label: str
    start: float
    end: float | None


class TimeLine(Model, frozen=True):
    """Calls over time, in virtual seconds."""

    bars: tuple[Bar, ...]
    seconds: float


class Step(Model, frozen=True):
    """One line of an interleaving: who (index of the column) did what; `switch` when another thread came before."""

    column: int
    line: int
    source: str
    switch: bool
    note: str = ""


class Interleaving(Model, frozen=True):
    """What each thread did, in the order in which it happened; `hidden` steps are left out before the first."""

    columns: tuple[str, ...]
    steps: tuple[Step, ...]
    hidden: int = 0


class Failure(Model, frozen=True):
    """Why a check has failed: expected / got / why it matters / where to look, and the evidence."""

    expected: str
    got: str
    why: str
    hint: str
    look_at: Location | None = None
    diagnosis: Diagnosis | None = None
    time_line: TimeLine | None = None
    interleaving: Interleaving | None = None
    schedule: dict[str, Any] = {}


class CheckResult(Model, frozen=True):
    """One check: a promise, whether it was kept, and the points for it."""

    id: str
    group: Literal["correctness", "concurrency", "robustness"]
    says: str
    status: Status
    points: int
    max_points: int
    failure: Failure | None = None
    reason: str = ""


class SpeedUp(Model, frozen=True):
    """How much faster than one after another. `undecided`: measured, but this machine was too busy to tell."""

    kind: Literal["virtual", "measured", "undecided"]
    sequential: float
    concurrent: float
    reference: float | None = None


class LessonResult(Model, frozen=True):
    """One lesson of the submission; `problem` says why its module could not be graded at all."""

    lesson: str
    title: str
    file: str
    points: int
    max_points: int
    checks: tuple[CheckResult, ...]
    problem: str = ""
    speed_up: SpeedUp | None = None


class Result(Model, frozen=True):
    """One submission, graded."""

    schema: Literal["course/result/v1"]
    submission: str
    graded_at: str
    python: str
    seconds: float
    isolation: str
    points: int
    max_points: int
    lessons: tuple[LessonResult, ...]
    notes: tuple[str, ...] = ()


def replace(lesson: LessonResult, *, speed_up: SpeedUp) -> LessonResult:
    """`lesson` with its speed-up."""
    return msgspec.structs.replace(lesson, speed_up=speed_up)


def add_notes(result: Result, notes: list[str]) -> Result:
    """`result` with more notes at its end."""
    return msgspec.structs.replace(result, notes=(*result.notes, *notes))


def to_json(result: Result) -> str:
    """The result as indented JSON text."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"


def from_json(text: str | bytes) -> Result:
    """The result that `to_json` wrote.

    Raises:
        msgspec.MsgspecError: `text` is not a result of this schema.
    """
    return msgspec.json.decode(text, type=Result)


def schema() -> str:
    """The JSON schema of `Result`, as text."""
    definition = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Result)}
    return json.dumps(definition, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema(), encoding="utf-8")
