"""Why a check has failed, for people: the shortest witness, its story, where to look, and the mistake by name."""

from typing import Any

import msgspec

from course.cutting import cut
from course.judge import evidence, witness
from course.judge.diagnosis import RACES, diagnose
from course.judge.drivers import Drivers
from course.judge.records import RunRecord
from course.judge.run import CheckFailed
from course.judge.story import interleaving
from course.judge.tokens import Token, scenario_hash
from course.lessons import CheckSpec, Lesson
from course.report.model import Diagnosis, Failure

LONGEST_SHOWN = 200  # characters of a name, a value or a line of the student's


def explain(failed: CheckFailed, spec: CheckSpec, lesson: Lesson, drivers: Drivers, check: witness.Check) -> Failure:
    """The whole story of `failed`; `check` runs the failed check again, for shorter witnesses."""
    failed = witness.shortest(failed, drivers, check)
    run, file = failed.run, lesson.filename
    traced = witness.trace_of(run, drivers) if run is not None else None
    diagnosis = diagnose(failed, traced)
    failure = Failure(
        expected=failed.expected, got=failed.got, why=spec.why.said, hint=spec.hint.said, diagnosis=diagnosis
    )
    if run is None or not run.has_evidence:
        return failure
    record = traced or run.record
    token = Token(lesson.key, spec.id, scenario_hash(run.case), run.choices)
    line = evidence.time_line(record)
    story = interleaving(record, drivers.source) if line is None or _needs_steps(record, diagnosis) else None
    return msgspec.structs.replace(
        failure,
        look_at=_cut(evidence.turning_point(story, file) or evidence.look_at(run, drivers.source, file)),
        time_line=_cut(line) if story is None else None,
        interleaving=_cut(story),
        races=_cut(evidence.races(record.races)) if story is not None else (),
        stuck=_cut(evidence.stuck(record)) if record.outcome == "deadlock" else (),
        token=str(token) if traced is not None and token.is_short else "",
    )


def _cut(evidence: Any) -> Any:
    """All texts of a part of the evidence, each as long as a report could ever show of it."""
    if isinstance(evidence, str):
        return cut(evidence, LONGEST_SHOWN)
    if isinstance(evidence, tuple):
        return tuple(map(_cut, evidence))
    if not isinstance(evidence, msgspec.Struct):
        return evidence
    fields = {name: _cut(getattr(evidence, name)) for name in evidence.__struct_fields__}
    return msgspec.structs.replace(evidence, **fields)


def _needs_steps(record: RunRecord, diagnosis: Diagnosis | None) -> bool:
    """True when the order of steps tells more than the calls over time."""
    return record.outcome in ("deadlock", "no_end") or (diagnosis is not None and diagnosis.id in RACES)
