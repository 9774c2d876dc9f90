"""Evidence for people: the time line of a run, the line to look at, who waits for whom, and the data races."""

from collections.abc import Sequence

from course.judge.records import NANOSECONDS, Access, Call, Race, RunRecord, Stack, Uncaught
from course.judge.run import Run
from course.judge.story import source_line
from course.report import model
from course.report.model import Bar, DataRace, Interleaving, Location, TimeLine, Waiting

MOST_BARS = 16
MOST_RACES = 3


def time_line(record: RunRecord) -> TimeLine | None:
    """The run's calls over virtual time, and the waits besides if it was traced; None when there is nothing to see."""
    calls = [_bar(call) for call in record.calls if call.end is None or call.end > call.start]
    if len(calls) < 2:
        return None
    waits = [wait for wait in _waits(record) if not any(_covers(call, wait) for call in calls)]
    bars = [*calls, *waits][:MOST_BARS]
    return TimeLine(bars=tuple(bars), seconds=record.duration / NANOSECONDS)


def _covers(call: Bar, wait: Bar) -> bool:
    """True when the wait is what the call itself does, as a collaborator that sleeps."""
    in_time = call.start <= wait.start and (call.end is None or (wait.end is not None and wait.end <= call.end))
    return call.lane == wait.lane and in_time


def _bar(call: Call) -> Bar:
    label = f"{call.name} {call.tag}".strip()
    end = None if call.end is None else call.end / NANOSECONDS
    return Bar(lane=call.lane, label=label, start=call.start / NANOSECONDS, end=end)


def _waits(record: RunRecord) -> list[Bar]:
    """Where the student's lines made a thread wait, by name of what it called there."""
    names = {thread.number: thread.name for thread in record.threads}
    began: dict[int, tuple[int, str]] = {}
    bars = []
    for time, thread, kind, site, _ in record.trace:
        if kind == "block" and 0 < site < len(record.sites):
            began[thread] = (time, record.sites[site][2])
        elif kind == "resume" and thread in began:
            start, label = began.pop(thread)
            if time > start:
                bars.append(_wait(names, thread, label, start, time))
    bars += [_wait(names, thread, label, start, None) for thread, (start, label) in began.items()]
    return bars


def _wait(names: dict[int, str], thread: int, label: str, start: int, end: int | None) -> Bar:
    return Bar(
        lane=names.get(thread, f"thread {thread}"),
        label=label,
        start=start / NANOSECONDS,
        end=None if end is None else end / NANOSECONDS,
        kind="wait",
    )


def turning_point(story: Interleaving | None, filename: str) -> Location | None:
    """The line at which a thread was stopped between two steps that belong together, if the story has one."""
    stops = [step for step in story.steps if step.stopped in ("update", "write", "delete")] if story is not None else []
    return Location(file=filename, line=stops[0].line, source=stops[0].source) if stops else None


def races(found: Sequence[Race]) -> tuple[DataRace, ...]:
    """Data races, for people."""
    return tuple(
        DataRace(name=race.name, first=_access(race.first), second=_access(race.second)) for race in found[:MOST_RACES]
    )


def _access(access: Access) -> model.Access:
    return model.Access(thread=access.thread, line=access.line, writes=access.writes, holds=tuple(access.held))


def stuck(record: RunRecord) -> tuple[Waiting, ...]:
    """Who waits for ever for what; first those who wait for each other."""
    return tuple(_waiting(stack) for stack in sorted(record.stuck, key=lambda stack: not stack.holder) if stack.blocked)


def _waiting(stack: Stack) -> Waiting:
    return Waiting(
        who=stack.name,
        line=stack.line,
        called=stack.called,
        wants=stack.wants,
        holder=stack.holder,
        held_since=stack.held_since,
    )


def look_at(run: Run, source: str, filename: str) -> Location | None:
    """The line of the student's that has most to do with the failure: where it raised, hung, slept or was left."""
    if not run.has_evidence:
        return None
    record = run.record
    raised: list[Uncaught] = [uncaught for uncaught in record.uncaught if uncaught.line]
    candidates = [
        record.error.line if record.error else 0,
        *(stack.line for stack in record.stuck if stack.number == 0),
        *(stack.line for stack in record.stuck),
        *(uncaught.line for uncaught in raised),
        *(sleep.line for sleep in record.sleeps),
        *(stack.line for stack in record.left),
        *(thread.born_at for thread in record.threads if thread.number in {stack.number for stack in record.left}),
        _longest_wait_of_main(record),
    ]
    line = next((line for line in candidates if line), 0)
    return Location(file=filename, line=line, source=source_line(source, line)) if line else None


def _longest_wait_of_main(record: RunRecord) -> int:
    waits = [wait for thread in record.threads if thread.number == 0 for wait in thread.waits]
    return max(waits, key=lambda wait: wait[1], default=(0, 0))[0]
