"""Evidence for people: the time line of a run's calls, and the interleaving of its threads in the student's lines."""

from typing import NamedTuple

from course.judge.records import NANOSECONDS, Call, RunRecord, Uncaught
from course.judge.run import Run
from course.report.model import Bar, Interleaving, Location, Step, TimeLine

MOST_BARS = 16
MOST_STEPS = 14
MOST_COLUMNS = 4


def time_line(record: RunRecord) -> TimeLine | None:
    """The run's calls over virtual time; None when there is nothing to see."""
    calls = [call for call in record.calls if call.end is None or call.end > call.start][:MOST_BARS]
    if len(calls) < 2:
        return None
    return TimeLine(bars=tuple(_bar(call) for call in calls), seconds=record.duration / NANOSECONDS)


def _bar(call: Call) -> Bar:
    label = f"{call.name} {call.tag}".strip()
    end = None if call.end is None else call.end / NANOSECONDS
    return Bar(lane=call.lane, label=label, start=call.start / NANOSECONDS, end=end)


def interleaving(record: RunRecord, source: str) -> Interleaving | None:
    """The student's lines that the threads of a traced run went through, in order; None with fewer than two threads.

    A long story is told around its turning point, and up to where each stuck thread stands.
    """
    steps = _line_by_line(record)
    if len({step.thread for step in steps}) < 2:
        return None
    waits = {stack.number: f"waits for ever in {stack.called}()" for stack in record.stuck if stack.called}
    last = {step.thread: index for index, step in enumerate(steps)}
    ends = {last[thread] for thread in waits if thread in last}
    shown = sorted({*_window(steps, stuck=bool(waits)), *ends})
    columns = list(dict.fromkeys(steps[index].thread for index in shown))[:MOST_COLUMNS]
    shown = [index for index in shown if steps[index].thread in columns]
    names = {thread.number: thread.name for thread in record.threads}
    lines = source.splitlines()
    told = []
    for position, index in enumerate(shown):
        step = steps[index]
        told.append(
            Step(
                column=columns.index(step.thread),
                line=step.line,
                source=_source_line(lines, step.line),
                switch=position > 0 and steps[shown[position - 1]].thread != step.thread,
                note=waits.get(step.thread, "") if index in ends else step.note,
            )
        )
    return Interleaving(
        columns=tuple(names.get(thread, f"thread {thread}") for thread in columns),
        steps=tuple(told),
        hidden=shown[0],
    )


def turning_point(story: Interleaving | None, filename: str) -> Location | None:
    """The line at which a thread was stopped between two steps that belong together, if the story has one."""
    noted = [step for step in story.steps if step.note in NOTES.values()] if story is not None else []
    return Location(file=filename, line=noted[0].line, source=noted[0].source) if noted else None


class _LineStep(NamedTuple):
    thread: int
    line: int
    note: str = ""
    weight: int = 0  # how likely it is that being stopped here is what broke the promise


# What a thread was about to do when another one took over, by how often that is the heart of a race.
WEIGHTS = {"update": 5, "write": 4, "delete": 3, "call": 2, "test": 2, "read": 1}
NOTES = {
    "update": "stopped between read and write",
    "write": "stopped before the write",
    "delete": "stopped before the delete",
}


def _line_by_line(record: RunRecord) -> list[_LineStep]:
    """The lines of the student's that threads went to, in order; those at which they were stopped carry a note."""
    steps: list[_LineStep] = []
    for _, thread, kind, site, _detail in record.trace:
        if not 0 < site < len(record.sites):
            continue
        line, what, _name = record.sites[site]
        if kind == "point" and (not steps or steps[-1][:2] != (thread, line)):
            steps.append(_LineStep(thread, line))
        elif kind == "preempt" and steps and steps[-1][:2] == (thread, line):
            steps[-1] = _LineStep(thread, line, NOTES.get(what, ""), WEIGHTS.get(what, 0))
    return steps


def _window(steps: list[_LineStep], *, stuck: bool) -> range:
    """The steps to tell: the last ones of a run that is stuck, else those around the weightiest stop."""
    heaviest = max(range(len(steps)), key=lambda index: steps[index].weight)
    if stuck or not steps[heaviest].weight:
        return range(max(0, len(steps) - MOST_STEPS), len(steps))
    begin = max(0, min(heaviest - MOST_STEPS // 3, len(steps) - MOST_STEPS))
    return range(begin, min(begin + MOST_STEPS, len(steps)))


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
    return Location(file=filename, line=line, source=_source_line(source.splitlines(), line)) if line else None


def _longest_wait_of_main(record: RunRecord) -> int:
    waits = [wait for thread in record.threads if thread.number == 0 for wait in thread.waits]
    return max(waits, key=lambda wait: wait[1], default=(0, 0))[0]


def _source_line(lines: list[str], line: int) -> str:
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
