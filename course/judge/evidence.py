"""Evidence for people: the time line of a run's calls, and the interleaving of its threads in the student's lines."""

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

    Only the end of a long story is told: what broke is near it.
    """
    lines = source.splitlines()
    steps: list[tuple[int, int]] = []
    for _, thread, kind, site, _detail in record.trace:
        if kind == "point" and 0 < site < len(record.sites):
            step = (thread, record.sites[site][0])
            if not steps or steps[-1] != step:
                steps.append(step)
    threads = list(dict.fromkeys(thread for thread, _ in steps))
    if len(threads) < 2:
        return None
    shown = steps[-MOST_STEPS:]
    columns = list(dict.fromkeys(thread for thread, _ in shown))[:MOST_COLUMNS]
    shown = [step for step in shown if step[0] in columns]
    names = {thread.number: thread.name for thread in record.threads}
    return Interleaving(
        columns=tuple(names.get(thread, f"thread {thread}") for thread in columns),
        steps=tuple(
            Step(
                column=columns.index(thread),
                line=line,
                source=_source_line(lines, line),
                switch=index > 0 and shown[index - 1][0] != thread,
            )
            for index, (thread, line) in enumerate(shown)
        ),
        hidden=len(steps) - len(shown),
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
    return Location(file=filename, line=line, source=_source_line(source.splitlines(), line)) if line else None


def _longest_wait_of_main(record: RunRecord) -> int:
    waits = [wait for thread in record.threads if thread.number == 0 for wait in thread.waits]
    return max(waits, key=lambda wait: wait[1], default=(0, 0))[0]


def _source_line(lines: list[str], line: int) -> str:
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
