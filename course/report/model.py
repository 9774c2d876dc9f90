"""The result of grading one submission: one frozen model, from which every report is made.

`result.schema.json` beside this file is its published JSON schema (`python -m course.report.model` writes it).
Times are seconds; points are whole.
"""

import inspect
import json
from pathlib import Path
from typing import Literal

import msgspec

from course.language import Language
from course.report.sinks import json_text

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
    """One stretch on a time line, from `start` to `end` (null: still going on when the run was over).

    `kind`: a call of a collaborator of the lesson's, a wait for something else, or a task that goes on and blocks its
    event loop. `line`: the student's line (0 where it is not known), `awaits`: the tasks whose end a wait is for.
    """

    lane: str
    label: str
    start: float
    end: float | None
    kind: Literal["call", "wait", "block"] = "call"
    line: int = 0
    awaits: tuple[str, ...] = ()


class Life(Model, frozen=True):
    """A task from its making to its end (null: it has none), and how it ended."""

    lane: str
    start: float
    end: float | None
    ended: Literal["", "returned", "cancelled", "raised"] = ""


class TimeLine(Model, frozen=True):
    """What each thread or task did over time, in virtual seconds; `lives` are those of tasks."""

    bars: tuple[Bar, ...]
    seconds: float
    lives: tuple[Life, ...] = ()


class Touch(Model, frozen=True):
    """A value that a step has read or written (or that a call in it has given back); "" when it cannot be shown."""

    how: Literal["read", "write", "result"]
    name: str
    value: str


class Step(Model, frozen=True):
    """One line of an interleaving: who (index of the column) executed which line.

    `switch`: another thread came before. `touched`: the values. `holds`: the locks that the thread held then.
    `stopped`: what it was about to do when another thread took over. `waits`: what it waits for from here on, and
    `for_ever` if that never came. `skipped`: so many steps are left out before this one.
    """

    column: int
    line: int
    source: str
    switch: bool
    touched: tuple[Touch, ...] = ()
    holds: tuple[str, ...] = ()
    stopped: Literal["", "update", "write", "delete", "other"] = ""
    waits: str = ""
    for_ever: bool = False
    skipped: int = 0


class Interleaving(Model, frozen=True):
    """What each thread did, in the order in which it happened."""

    columns: tuple[str, ...]
    steps: tuple[Step, ...]


class Access(Model, frozen=True):
    """One of two accesses that race: a thread reads or writes, at a line, holding these locks."""

    thread: str
    line: int
    writes: bool
    holds: tuple[str, ...] = ()


class DataRace(Model, frozen=True):
    """Two accesses to `name`, at least one of them a write, that nothing orders (no lock, join or queue)."""

    name: str
    first: Access
    second: Access


class Waiting(Model, frozen=True):
    """Somebody who is stuck: at which line, in which call, for which lock, who has held that since which line.

    A task `wants` whatever it awaits; `awaits` are the tasks whose end that is.
    """

    who: str
    line: int
    called: str
    wants: str = ""
    holder: str = ""
    held_since: int = 0
    awaits: tuple[str, ...] = ()


class Failure(Model, frozen=True):
    """Why a check has failed: expected / got / why it matters / where to look, and the evidence.

    `token` names the schedule that shows it: `course replay TOKEN` runs it again.
    """

    expected: str
    got: str
    why: str
    hint: str
    look_at: Location | None = None
    diagnosis: Diagnosis | None = None
    time_line: TimeLine | None = None
    interleaving: Interleaving | None = None
    races: tuple[DataRace, ...] = ()
    stuck: tuple[Waiting, ...] = ()
    token: str = ""


class Explored(Model, frozen=True):
    """How far a check has looked: so many schedules, all of those with at most `bound` preemptions, or all there are.

    `bound` is -1 where not even all schedules without preemption were tried.
    """

    schedules: int
    bound: int
    all: bool


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
    explored: Explored | None = None


class SpeedUp(Model, frozen=True):
    """How much faster than one after another. `undecided`: measured, but this machine was too busy to tell."""

    kind: Literal["virtual", "measured", "undecided"]
    sequential: float
    concurrent: float
    reference: float | None = None


class Note(Model, frozen=True):
    """Something about the module that an instructor may want to look at; by itself it costs nothing.

    `kind`: it uses what is unusual in an exercise, or what only helps to get at the grader (`reaches`), or Python warns
    of the line when it compiles the module. `what` it is, at which `line` (0 where that is not known), and all of it in
    one sentence. `seen`: in the module's text, or while it ran.
    """

    kind: Literal["unusual", "reaches", "warning"]
    what: str
    line: int
    text: str
    seen: Literal["text", "run"]


class LessonResult(Model, frozen=True):
    """One lesson of the submission; `problem` says why its module could not be graded at all.

    `races` are data races that were seen although no check has failed by them; they cost nothing. `begun` is false for
    a module that is still the stub, where a report is made without grading it.
    """

    lesson: str
    title: str
    file: str
    points: int
    max_points: int
    checks: tuple[CheckResult, ...]
    problem: str = ""
    speed_up: SpeedUp | None = None
    races: tuple[DataRace, ...] = ()
    begun: bool = True
    notes: tuple[Note, ...] = ()


class Result(Model, frozen=True):
    """One submission, graded, in one language.

    `visibility`: `full` shows all that the grader knows, `student` what students may see of hidden checks.
    """

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
    language: Language = "en"
    visibility: Literal["full", "student"] = "full"


def replace(lesson: LessonResult, *, speed_up: SpeedUp) -> LessonResult:
    """`lesson` with its speed-up."""
    return msgspec.structs.replace(lesson, speed_up=speed_up)


def add_notes(result: Result, notes: list[str]) -> Result:
    """`result` with more notes at its end."""
    return msgspec.structs.replace(result, notes=(*result.notes, *notes))


def to_json(result: Result) -> str:
    """The result as indented JSON text, which does no harm where it is printed to."""
    return json_text(msgspec.json.format(msgspec.json.encode(result), indent=2).decode()) + "\n"


def from_json(text: str | bytes) -> Result:
    """The result that `to_json` wrote.

    Raises:
        msgspec.MsgspecError: `text` is not a result of this schema.
    """
    return msgspec.json.decode(text, type=Result)


def schema() -> str:
    """The JSON schema of `Result`, as text."""
    definition = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Result)}
    for entry in definition["$defs"].values():  # up to 3.12, docstrings keep their indentation
        if "description" in entry:
            entry["description"] = inspect.cleandoc(entry["description"])
    return json.dumps(definition, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema(), encoding="utf-8")
