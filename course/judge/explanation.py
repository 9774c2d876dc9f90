"""Why a check has failed, for people: the shortest witness, its story, where to look, and the mistake by name."""

import msgspec

from course.judge import evidence, witness
from course.judge.diagnosis import RACES, diagnose
from course.judge.drivers import Drivers
from course.judge.records import RunRecord
from course.judge.run import CheckFailed
from course.judge.story import interleaving
from course.judge.tokens import Token, scenario_hash
from course.lessons import CheckSpec, Lesson
from course.report.model import Diagnosis, Failure


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
        look_at=evidence.turning_point(story, file) or evidence.look_at(run, drivers.source, file),
        time_line=line if story is None else None,
        interleaving=story,
        races=evidence.races(record.races) if story is not None else (),
        stuck=evidence.stuck(record) if record.outcome == "deadlock" else (),
        token=str(token) if traced is not None and token.is_short else "",
    )


def _needs_steps(record: RunRecord, diagnosis: Diagnosis | None) -> bool:
    """True when the order of steps tells more than the calls over time."""
    return record.outcome in ("deadlock", "no_end") or (diagnosis is not None and diagnosis.id in RACES)
