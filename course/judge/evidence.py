"""Evidence for people: the time line of a run, the line to look at, who waits for whom, and the data races."""

import math
from collections.abc import Sequence

from course.judge.lanes import calls_by_student, lives, seconds, waits
from course.judge.records import NANOSECONDS, Access, Call, Race, RunRecord, Stack, Uncaught
from course.judge.run import Run
from course.judge.story import source_line
from course.judge.task_names import name_of
from course.report import model
from course.report.model import Bar, DataRace, Interleaving, Location, TimeLine, Waiting

MOST_BARS = 16
ROOM_FOR_WAITS = 6  # of those, if there are so many waits
MOST_RACES = 3
MOST_HELD = 8  # locks that are named of an access
MOST_STUCK = 16


def time_line(record: RunRecord) -> TimeLine | None:
    """The calls of a run over virtual time, if it was traced its waits and tasks; None when there is nothing to see."""
    timed = [index for index, call in enumerate(record.calls) if call.end is None or call.end > call.start]
    lanes = {task.name: name_of(task) for task in record.tasks}
    calls = [_bar(record.calls[index], lanes) for index in timed]
    made = calls_by_student(record)
    theirs = [bar for index, bar in zip(timed, calls, strict=True) if index in made]
    found = _not_covered(waits(record), theirs)
    if len(calls) < 2 and not (record.tasks and len(calls) + len(found) > 1):
        return None
    bars = _as_many_as_fit(calls, found)
    shown = _lanes_shown(record, bars)
    return TimeLine(
        bars=tuple(bars),
        seconds=record.duration / NANOSECONDS,
        lives=tuple(life for life in lives(record) if life.lane in shown),
    )


def _as_many_as_fit(calls: list[Bar], found: list[Bar]) -> list[Bar]:
    """Calls before waits, but the longest waits have some room in any case."""
    room = max(MOST_BARS - len(calls), min(len(found), ROOM_FOR_WAITS))
    longest = sorted(range(len(found)), key=lambda index: _length(found[index]), reverse=True)[:room]
    return [*calls[: MOST_BARS - len(longest)], *(found[index] for index in sorted(longest))]


def _length(bar: Bar) -> float:
    return math.inf if bar.end is None else bar.end - bar.start


def _lanes_shown(record: RunRecord, bars: list[Bar]) -> set[str]:
    """The lanes of bars; and, while there is room, those of the student's coroutines that have none."""
    busy = {bar.lane for bar in bars}
    names = dict.fromkeys(name_of(task) for task in record.tasks if task.function)
    return busy.union([name for name in names if name not in busy][: MOST_BARS - len(bars)])


def _not_covered(found: list[Bar], calls: list[Bar]) -> list[Bar]:
    """The waits that are not what a call itself does, as a collaborator that sleeps: one of their lane, around them."""
    latest: dict[str, float] = {}  # by lane: the latest end of the calls that have begun
    kept = set()
    # At one moment, calls come first.
    moments = sorted(
        [(call.start, 0, index) for index, call in enumerate(calls)]
        + [(wait.start, 1, index) for index, wait in enumerate(found)]
    )
    for _, is_wait, index in moments:
        bar = found[index] if is_wait else calls[index]
        until = math.inf if bar.end is None else bar.end
        if not is_wait:
            latest[bar.lane] = max(latest.get(bar.lane, until), until)
        elif until > latest.get(bar.lane, -math.inf):
            kept.add(index)
    return [wait for index, wait in enumerate(found) if index in kept]


def _bar(call: Call, lanes: dict[str, str]) -> Bar:
    label = f"{call.name} {call.tag}".strip()
    lane = lanes.get(call.lane, call.lane)
    return Bar(lane=lane, label=label, start=call.start / NANOSECONDS, end=seconds(call.end))


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
    return model.Access(
        thread=access.thread, line=access.line, writes=access.writes, holds=tuple(access.held[:MOST_HELD])
    )


def stuck(record: RunRecord) -> tuple[Waiting, ...]:
    """Who waits for ever for what; first those who wait for each other. Of a crowd, the first ones."""
    blocked = sorted((stack for stack in record.stuck if stack.blocked), key=lambda stack: not stack.holder)
    return tuple(map(_waiting, blocked[:MOST_STUCK]))


def _waiting(stack: Stack) -> Waiting:
    return Waiting(
        who=stack.name,
        line=stack.line,
        called=stack.called,
        wants=stack.wants,
        holder=stack.holder,
        held_since=stack.held_since,
        awaits=tuple(stack.awaits),
    )


def look_at(run: Run, source: str, filename: str) -> Location | None:
    """The line of the student's that has most to do with the failure: where it raised, hung, slept or was left."""
    if not run.has_evidence:
        return None
    record = run.record
    raised: list[Uncaught] = [uncaught for uncaught in record.uncaught if uncaught.line]
    left = {stack.number for stack in record.left}
    candidates = [
        record.error.line if record.error else 0,
        *(stack.line for stack in record.stuck if stack.number == 0),
        *(stack.line for stack in record.stuck),
        *(uncaught.line for uncaught in raised),
        *(sleep.line for sleep in record.sleeps),
        *(stack.line for stack in record.left),
        *(thread.born_at for thread in record.threads if thread.number in left),
        _longest_wait_of_main(record),
    ]
    line = next((line for line in candidates if line), 0)
    return Location(file=filename, line=line, source=source_line(source, line)) if line else None


def _longest_wait_of_main(record: RunRecord) -> int:
    waits = [wait for thread in record.threads if thread.number == 0 for wait in thread.waits]
    return max(waits, key=lambda wait: wait[1], default=(0, 0))[0]
