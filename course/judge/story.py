"""The story of a run: an interleaving of the student's lines, short enough to be read.

Of all the lines that the threads went through, a story keeps those that matter: where one thread took over from
another, who touched what they fight for, who took which lock, and where everybody is stuck.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from course.cutting import LONGEST_TOLD
from course.judge.records import RunRecord
from course.judge.task_names import awaited, names_by_number, names_of_tasks
from course.report.model import Interleaving, Step, Touch

MOST_STEPS = 12
MOST_COLUMNS = 4
MOST_TOUCHES = 3
MOST_HELD = 8  # locks that are named at a step

# What a thread was about to do when another one took over, by how often that is the heart of a race.
STOPS: dict[str, Literal["update", "write", "delete", "other"]] = {
    "update": "update",
    "write": "write",
    "delete": "delete",
}
WEIGHT_OF_STOP = {"update": 9, "write": 8, "delete": 7, "enter": 6, "call": 5, "test": 5, "read": 4, "round": 2}
WEIGHT_OF_END = 10
WEIGHT_OF_RACE = 6
WEIGHT_OF_LOCK = 3
WEIGHT_OF_SWITCH = 4
# A line loses one of its weight for so many lines between it and the heart of the story.
NEARBY = 2
LEAST_IMPORTANCE = 2


@dataclass
class _Line:
    """A line of the student's that a thread went through without anybody coming in between."""

    thread: int
    line: int
    touched: list[Touch] = field(default_factory=list)
    holds: tuple[str, ...] = ()
    stopped: str = ""
    waits: str = ""
    awaits: str = ""  # the numbers of tasks, as the trace tells them
    weight: int = 0

    def add(self, kind: str, what: str, name: str, detail: str, *, is_fought_for: bool) -> None:
        """What one event says about this line: at a site of the kind `what` that is called `name`."""
        weight = 0
        match kind:
            case "preempt":
                self.stopped, weight = what, WEIGHT_OF_STOP.get(what, 1)
            case "read" | "write" | "result":
                if detail:
                    self.touched.append(Touch(how=_how(kind), name=name, value=detail))
                weight = WEIGHT_OF_RACE if is_fought_for else 0
            case "acquire":
                weight = WEIGHT_OF_LOCK
            case "block":
                self.waits, weight = name, WEIGHT_OF_LOCK
                self.awaits = detail if what == "await" else ""
        self.weight = max(self.weight, weight)


def interleaving(record: RunRecord, source: str) -> Interleaving | None:
    """The story of a traced run; None with fewer than two threads in it, or when nothing in it matters."""
    lines = _lines(record)
    if len({line.thread for line in lines}) < 2:
        return None
    ends = _ends(record, lines)
    shown = _choose(lines, ends)
    columns = list(dict.fromkeys(lines[index].thread for index in shown))[:MOST_COLUMNS]
    if len(columns) < 2:
        return None
    shown = [index for index in shown if lines[index].thread in columns]
    names, tasks = names_by_number(record), names_of_tasks(record)
    told, before = [], -1
    for index in shown:
        line = lines[index]
        told.append(
            Step(
                column=columns.index(line.thread),
                line=line.line,
                source=source_line(source, line.line),
                switch=index > 0 and lines[index - 1].thread != line.thread,
                touched=tuple(line.touched[-MOST_TOUCHES:]),
                holds=tuple(lock.removesuffix(".acquire") for lock in line.holds),
                stopped=STOPS.get(line.stopped, "other" if line.stopped else ""),
                waits=ends.get(index) or ", ".join(awaited(line.awaits, tasks)) or line.waits,
                for_ever=index in ends,
                skipped=index - before - 1,
            )
        )
        before = index
    return Interleaving(columns=tuple(names.get(thread, f"thread {thread}") for thread in columns), steps=tuple(told))


def source_line(source: str, line: int) -> str:
    """The text of a line, without its indentation; "" when there is no such line."""
    lines = source.split("\n")  # as Python counts them: a form feed begins none
    return lines[line - 1].strip()[:LONGEST_TOLD] if 0 < line <= len(lines) else ""


def _lines(record: RunRecord) -> list[_Line]:
    """The lines of the student's that threads went through, in order, with all that the trace tells of them."""
    fought_for = _fought_for(record)
    lines: list[_Line] = []
    held: dict[int, Counter[str]] = {}
    for _, thread, kind, site, detail in record.trace:
        if not 0 < site < len(record.sites) or kind in ("start", "resume", "spin"):
            continue
        number, what, name = record.sites[site]
        locks = held.setdefault(thread, Counter())
        if kind == "release":
            locks[name] -= 1
            if locks[name] <= 0:
                del locks[name]
            continue
        if not lines or (lines[-1].thread, lines[-1].line) != (thread, number):
            lines.append(_Line(thread, number))
        if kind == "acquire":
            locks[name] += 1
        lines[-1].holds = tuple(islice(locks, MOST_HELD))
        lines[-1].add(kind, what, name, detail, is_fought_for=name in fought_for)
    return lines


def _how(kind: str) -> Literal["read", "write", "result"]:
    return "read" if kind == "read" else "write" if kind == "write" else "result"


def _fought_for(record: RunRecord) -> set[str]:
    """The names that a data race is about; else those at which a thread was stopped; else what tasks share."""
    names = {race.name for race in record.races}
    stops = [site for _, _, kind, site, _ in record.trace if kind == "preempt" and 0 < site < len(record.sites)]
    return names or {record.sites[site][2] for site in stops} or _shared_by_tasks(record)


def _shared_by_tasks(record: RunRecord) -> set[str]:
    """The names that some task writes and another one touches: tasks of one thread neither race nor are stopped."""
    tasks = {task.number for task in record.tasks}
    users: dict[str, set[int]] = {}
    written: set[str] = set()
    for _, lane, kind, site, _ in record.trace:
        if lane in tasks and kind in ("read", "write") and 0 < site < len(record.sites):
            name = record.sites[site][2]
            users.setdefault(name, set()).add(lane)
            if kind == "write":
                written.add(name)
    return {name for name in written if len(users[name]) > 1}


def _ends(record: RunRecord, lines: list[_Line]) -> dict[int, str]:
    """The last lines of the threads that are stuck, and what each of them waits for."""
    stuck = [stack for stack in record.stuck if stack.blocked and stack.line]  # others wait in the scenario
    waits = {stack.number: ", ".join(stack.awaits) or stack.wants or stack.called for stack in stuck}
    last = {line.thread: index for index, line in enumerate(lines)}
    return {last[thread]: what for thread, what in waits.items() if what and thread in last}


def _choose(lines: list[_Line], ends: dict[int, str]) -> list[int]:
    """The indices of the lines to tell: the heaviest around the heart of the story, and where everybody is stuck."""
    for index, line in enumerate(lines):
        if index in ends:
            line.weight = WEIGHT_OF_END
        elif index and lines[index - 1].thread != line.thread and lines[index - 1].stopped:
            line.weight = max(line.weight, WEIGHT_OF_SWITCH)
    heart = max(range(len(lines)), key=lambda index: (bool(lines[index].stopped), lines[index].weight, -index))

    def importance(index: int) -> float:
        return lines[index].weight - abs(index - heart) / NEARBY

    chosen = sorted(range(len(lines)), key=lambda index: (index in ends, importance(index)), reverse=True)
    return sorted(index for index in chosen[:MOST_STEPS] if importance(index) >= LEAST_IMPORTANCE or index in ends)
