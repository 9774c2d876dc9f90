"""The sentences of a report: the fixed words of `terminal.toml`, filled in with what was seen.

Every report that tells a story (terminal, SVG) takes them from here.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path

from course.language import Words
from course.report.model import Access, Bar, DataRace, Explored, Life, Note, Step, Touch, Waiting

WORDS = Words(Path(__file__).with_name("terminal.toml"))
ALL = sys.maxsize  # more than any bound on preemptions
MOST_TASKS = 3  # that are named where one waits for many


def note(step: Step) -> str:
    """All there is to say about a step besides its line, in one line; "" when there is nothing."""
    return WORDS["then"].join(part for part in (seen(step), ended(step)) if part)


def seen(step: Step) -> str:
    """The values of a step, each once and by name where there are several, and the locks that the thread held."""
    several = len({touch.name for touch in step.touched}) > 1
    parts = list(dict.fromkeys(_touched(touch, named=several) for touch in step.touched))
    if step.holds:
        parts.append(WORDS["holds"].format(locks=WORDS["and"].join(step.holds)))
    return WORDS["and"].join(parts)


def ended(step: Step) -> str:
    """Why the thread went no further: another one took over, or it had to wait."""
    parts = [WORDS[f"stopped_{step.stopped}"]] if step.stopped else []
    if step.waits:
        parts.append(WORDS["waits_for_ever" if step.for_ever else "waits"].format(what=step.waits))
    return WORDS["then"].join(parts)


def _touched(touch: Touch, *, named: bool) -> str:
    form = f"named_{touch.how}" if named else touch.how
    return WORDS[form if touch.value else f"unshown_{touch.how}"].format(name=touch.name, value=touch.value)


def skipped(steps: int, *, first: bool) -> str:
    """That so many steps are left out, before all others (`first`) or between two."""
    form = f"skipped{'_before' if first else ''}{'_one' if steps == 1 else ''}"
    return WORDS[form].format(skipped=steps)


def race(found: DataRace) -> str:
    """Who touches what at which lines with nothing that orders it."""
    under_locks = found.first.holds and found.second.holds
    return WORDS["race_under_locks" if under_locks else "race"].format(
        name=found.name,
        first=_access(found.first),
        second=_access(found.second),
        first_locks=WORDS["and"].join(found.first.holds),
        second_locks=WORDS["and"].join(found.second.holds),
    )


def noted(lesson: str, found: Note) -> str:
    """A note on the module of a lesson; what reaches into the grader asks to be looked at."""
    return WORDS["look_here" if found.kind == "reaches" else "noted"].format(lesson=lesson, text=found.text)


def _access(access: Access) -> str:
    return WORDS["writes_at" if access.writes else "reads_at"].format(thread=access.thread, line=access.line)


def deadlock(stuck: Sequence[Waiting]) -> list[str]:
    """Who waits for whom; nothing when no one is known to keep another waiting: `got` says the rest already."""
    is_known = any(waiting.holder or waiting.awaits for waiting in stuck)
    return [_waiting(waiting) for waiting in stuck] if is_known else []


def _waiting(waiting: Waiting) -> str:
    """Who waits where for what, and who has it."""
    form = "stuck_on" if waiting.holder else "stuck" if waiting.called else "stuck_somewhere"
    if waiting.awaits:
        form = "stuck_for_tasks"
    elif waiting.wants:
        form = "stuck_for"
        if waiting.holder:
            form = "stuck_held_since" if waiting.held_since else "stuck_held"
    return WORDS[form].format(
        who=waiting.who,
        at_line=WORDS["at_line"].format(line=waiting.line) if waiting.line else "",
        called=waiting.called,
        wants=waiting.wants,
        holder=waiting.holder,
        held_since=waiting.held_since,
        tasks=tasks(waiting.awaits),
    )


def named(name: str, told: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`told` as rows, of which the first says what they are."""
    yield from zip(chain([WORDS[name]], repeat("")), told, strict=False)


def label(bar: Bar) -> str:
    """What a bar of a time line stands for: the call, or at which line who waits for what."""
    if bar.kind == "call":
        return bar.label
    what = WORDS["for_tasks"].format(what=bar.label, tasks=tasks(bar.awaits)) if bar.awaits else bar.label
    return WORDS[f"{bar.kind}_label_at" if bar.line else f"{bar.kind}_label"].format(label=what, line=bar.line)


def tasks(names: Sequence[str]) -> str:
    """Some tasks by name, and how many more there are."""
    shown = WORDS["and"].join(names[:MOST_TASKS])
    more = len(names) - MOST_TASKS
    return WORDS["and_more"].format(shown=shown, more=more) if more > 0 else shown


def ends(lives: Iterable[Life], marks: Mapping[str, str]) -> str:
    """What the marks at the ends of tasks say, of those that occur."""
    found = {life.ended for life in lives}
    told = (WORDS[f"ended_{how}"].format(mark=mark) for how, mark in marks.items() if how in found)
    return WORDS["and"].join(told)


def held(explored: Sequence[Explored]) -> str:
    """Under how many schedules each of the passed checks held, and how complete those were; "" when there are none.

    Checks may share a scenario, so their numbers are not added up.
    """
    if not explored:
        return ""
    least, most = min(each.schedules for each in explored), max(each.schedules for each in explored)
    bounds = Counter(ALL if each.all else each.bound for each in explored)
    coverage = [_coverage(bound, bounds[bound]) for bound in sorted(bounds, reverse=True)]
    return WORDS["held" if len(explored) > 1 else "held_one"].format(
        schedules=f"{most:,}" if least == most else WORDS["range"].format(least=least, most=most),
        coverage=WORDS["and"].join(coverage),
    )


def _coverage(bound: int, checks: int) -> str:
    form = {ALL: "all_there_are", -1: "a_sample", 0: "all_without", 1: "all_with_one"}.get(bound, "all_with")
    counted = WORDS["checks_one" if checks == 1 else "checks_many"].format(checks=checks)
    return WORDS[form].format(bound=bound, checks=counted)
