"""Floods: a worker may write as much into any field as a frame holds. The judge's work on it grows no faster than that.

The fields are those of the records themselves: a new one is flooded, too. Work is counted in processor time of the
thread, at one size and at sixteen times of it; work that grows with the square would take 256 times as long.
"""

import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args

import pytest
from msgspec import inspect

from course.judge.audience import for_student, in_language
from course.judge.consistency import contradiction
from course.judge.diagnosis import RECOGNISERS
from course.judge.drivers import Drivers
from course.judge.evidence import races
from course.judge.explanation import explain
from course.judge.races import acts_on_an_old_answer
from course.judge.records import (
    LONGEST_TEXT,
    MOST_EVENTS,
    Frame,
    RunRecord,
    Stack,
    Thread,
    decode,
)
from course.judge.run import CheckFailed, Run, told_raised
from course.judge.usage import seconds_of
from course.language import Language, say, speaking
from course.lessons import Lesson, lessons_named
from course.report import annotations, junit, reporter, summary, svg, terminal
from course.report.model import CheckResult, Failure, LessonResult, Result, to_json

FEW, TIMES = 250, 16
# Twice as much as the sizes differ by: processor time depends on what else is in the caches.
SLACK = 2
LEAST_SECONDS = 0.01  # what a small flood is taken to cost at least
FULL = ("Thread-1 " * LONGEST_TEXT)[:LONGEST_TEXT]
# What the judge reads more into than into any text: a trace is filled with that.
KINDS = ("acquire", "block", "preempt", "read", "write", "result", "release", "call", "resume", "point")
QUEUES = ("jobs.get", "jobs.empty")
# In a deadlock the judge looks at most; these are looked at when the run has come to another end.
OUTCOMES = {"value": "finished", "error": "error"}
CASE = {"mode": "simulated", "scenario": "drive", "arguments": {}, "any_order": False, "schedules": [{}]}
PLAIN = {"nonce": "n", "kind": "run", "value": None, "error": None, "duration": 0, "output": ""}
RAISED = {"type": FULL, "message": FULL, "line": 1}


def of_type(kind: Any, number: int, name: str = "", of: int = 1) -> Any:  # noqa: C901  # a line for each kind
    """Plain data for a field of this type: the `number`-th of its like; lists in it have `of` items."""
    match kind:
        case inspect.StructType(cls=cls):
            return {field.encode_name: of_type(field.type, number + place, field.name) for place, field in fields(cls)}
        case inspect.StrType():
            return f"Thread-{number}"
        case inspect.IntType():
            return number if name in ("number", "thread", "line") else 0
        case inspect.BoolType():
            return True
        case inspect.FloatType():
            return 0.0
        case inspect.ListType() | inspect.VarTupleType():
            most = of if kind.max_length is None else min(of, kind.max_length)
            return [of_type(kind.item_type, each, name) for each in range(most)]
        case inspect.TupleType(item_types=types):
            return [of_type(each, number, name) for each in types]
        case inspect.UnionType(types=types):
            return of_type(types[0], number, name)
        case inspect.DictType():
            return {f"Thread-{each}": each for each in range(of)}
        case inspect.AnyType():
            return ["list", ["Thread-1 " * 20] * of]
        case inspect.NoneType():
            return None
        case inspect.LiteralType(values=values):
            return values[0]
    raise AssertionError(f"no data for a {kind}")


@cache
def fields(record: type) -> list[tuple[int, inspect.Field]]:
    """The fields of a struct, numbered so that names of different meaning differ: `name` 0, `holder` 1, ..."""
    info = inspect.type_info(record)
    assert isinstance(info, inspect.StructType)
    texts = 0
    numbered = []
    for field in info.fields:
        is_text = isinstance(field.type, inspect.StrType)
        numbered.append((texts if is_text else 0, field))
        texts += is_text
    return numbered


def of_events(count: int) -> list[list[Any]]:
    """So many events of a trace, each at its own place; half of them in three threads, which take ever more locks."""
    return [
        [number, number if number % 2 else number % 3, KINDS[number // 2 % len(KINDS)], number, "1 2 3"]
        for number in range(1, min(count, MOST_EVENTS))
    ]


def of_sites(count: int) -> list[list[Any]]:
    """The places of these events: locks, and two queues."""
    return [
        [number, "await" if number % 7 == 0 else "test", QUEUES[number % 2] if number % 5 == 0 else f"lock-{number}"]
        for number in range(count)
    ]


def flooded(names: list[str], count: int, outcome: str) -> RunRecord:
    """A record whose fields of these names hold so many items."""
    filled = {
        field.name: of_events(count) if field.name == "trace" else of_type(field.type, 0, field.name, of=count)
        for _, field in fields(RunRecord)
        if field.name in names
    }
    filled["sites"] = of_sites(count)
    told = {**PLAIN, "schedule": {}, "error": RAISED, **filled, "outcome": outcome, "nonce": "n"}
    record = decode(json.dumps(told).encode(), "n")
    assert isinstance(record, RunRecord)
    return record


LISTS = [field.name for _, field in fields(RunRecord) if not isinstance(field.type, inspect.StrType | inspect.IntType)]
NESTED = [
    (struct, field.name)
    for struct in (Stack, Thread, *(each for each in get_args(Frame) if each is not RunRecord))
    for _, field in fields(struct)
    if isinstance(field.type, inspect.ListType | inspect.VarTupleType)
]


class Known(Drivers):
    """Drivers that know one run, also with its trace."""

    def __init__(self, run: Run, source: str) -> None:
        super().__init__(None, None, source)  # type: ignore[arg-type]  # they run nothing
        self._run_known = run

    def schedules(self, *_: Any, **__: Any) -> list[Run]:
        return [self._run_known]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """A lesson of ours, whose words are public."""
    return lessons_named(["t01"])[0][0]


def failures_of(run: Run) -> Iterator[CheckFailed]:
    """Every way in which a check fails over a run that says it in its own words."""

    def value() -> None:
        run.fail(expected=say("{value}", value=str(run.value)), got=say("{value}", value=str(run.value)))

    def told() -> None:
        calls = ", ".join(call.tag for call in run.calls("Thread-0"))
        peak = run.peak("Thread-0")
        run.fail(expected=say("{calls} {peak}", calls=calls, peak=peak), got=run.who_waits(), diagnosis="race")

    for fails in (value, told):
        try:
            fails()
        except CheckFailed as failed:
            yield failed


def explained(record: RunRecord, lesson: Lesson) -> list[Failure]:
    """All that the judge does with a record, and what it makes of it for people."""
    contradiction(record, CASE, 0)
    acts_on_an_old_answer(record)
    for _, recognises in RECOGNISERS:
        recognises(record)
    run = Run(record, case=CASE)
    drivers = Known(run, lesson.reference)
    return [explain(failed, lesson.checks[0], lesson, drivers, lambda _: None) for failed in failures_of(run)]


def report(lesson: Lesson, failure: Failure, record: RunRecord, source: str) -> None:
    """Tell a failure in every way that there is, to instructors and to students."""
    check = lesson.checks[0]
    failed = CheckResult(
        id=check.id, group=check.group, says=check.says.said, status="failed", points=0, max_points=1, failure=failure
    )
    told = LessonResult(
        lesson=lesson.name,
        title=lesson.title.said,
        file=lesson.filename,
        points=0,
        max_points=1,
        checks=(failed,),
        problem=say("{why}", why=told_raised(record.error) if record.error else ""),
        races=races(record.races),
    )
    print_in_every_way(in_language(told, "en"), "en")
    print_in_every_way(for_student(told, lesson, source, "zh"), "zh")


def print_in_every_way(lesson: LessonResult, language: Language) -> None:
    result = Result(
        schema="course/result/v1",
        submission="mallory",
        graded_at="2026-01-01T00:00:00+00:00",
        python="3.11.7",
        seconds=1.0,
        isolation="strong",
        points=0,
        max_points=1,
        lessons=(lesson,),
        language=language,
    )
    places = {lesson.lesson: "exercises/quotes.py"}
    written = io.StringIO()
    terminal.print_report(result, terminal.report_console(written))
    with speaking(language):
        texts = (
            written.getvalue(),
            to_json(result),
            junit.to_junit(result),
            summary.summary(result, places),
            "".join(annotations.annotations(result, places)),
            *reporter.outputs(result, places).values(),
            *(svg.failure_svg(check.failure) for check in lesson.checks if check.failure),
        )
    assert max(map(len, texts)) < MOST_OF_A_REPORT


# Characters of one failure in any report: sixteen bars, a dozen steps, and a few sentences.
MOST_OF_A_REPORT = 200_000


def require_no_faster(work: Callable[[int], Callable[[], object]]) -> None:
    """Require that work on sixteen times as much takes hardly more than sixteen times as long."""
    few, many = work(FEW), work(FEW * TIMES)
    least = max(min(seconds_of(few) for _ in range(2)), LEAST_SECONDS)
    most = min(seconds_of(many) for _ in range(2))
    assert most < SLACK * TIMES * least, f"{most:.2f} s for {TIMES} times as much as takes {least:.2f} s"


@pytest.mark.parametrize("field", LISTS)
def test_a_flood_in_one_field_costs_no_more_than_it_is_long(field: str, lesson: Lesson) -> None:
    def work(count: int) -> Callable[[], object]:
        record = flooded([field], count, OUTCOMES.get(field, "deadlock"))
        return lambda: explained(record, lesson)

    require_no_faster(work)


def test_a_flood_in_all_fields_costs_no_more_than_it_is_long(lesson: Lesson) -> None:
    """What is looked up for each item of one list in another one would cost the product of both."""

    def work(count: int) -> Callable[[], object]:
        record = flooded(LISTS, count, "deadlock")
        return lambda: explained(record, lesson)

    require_no_faster(work)


def test_what_is_told_of_a_flood_is_short(lesson: Lesson) -> None:
    """In every report, for instructors and for students."""
    record = flooded(LISTS, FEW * TIMES, "deadlock")
    for failure in explained(record, lesson):
        report(lesson, failure, record, lesson.reference)
