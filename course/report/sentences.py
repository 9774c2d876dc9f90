"""The sentences of a report: the fixed words of `terminal.toml`, filled in with what was seen.

Every report that tells a story (terminal, SVG) takes them from here.
"""

import tomllib
from pathlib import Path

from course.report.model import Access, DataRace, Step, Touch, Waiting

WORDS: dict[str, str] = {
    name: text["en"]
    for name, text in tomllib.loads(Path(__file__).with_name("terminal.toml").read_text(encoding="utf-8")).items()
}


def note(step: Step) -> str:
    """What there is to say about a step besides its line: values and locks, then why it went no further."""
    about = [_touched(touch, named=len({each.name for each in step.touched}) > 1) for touch in step.touched]
    if step.holds:
        about.append(WORDS["holds"].format(locks=WORDS["and"].join(step.holds)))
    ends = [WORDS[f"stopped_{step.stopped}"]] if step.stopped else []
    if step.waits:
        ends.append(WORDS["waits_for_ever" if step.for_ever else "waits"].format(what=step.waits))
    return WORDS["then"].join(part for part in (WORDS["and"].join(about), *ends) if part)


def _touched(touch: Touch, *, named: bool) -> str:
    form = f"named_{touch.how}" if named else touch.how
    return WORDS[form if touch.value else f"unshown_{touch.how}"].format(name=touch.name, value=touch.value)


def skipped(steps: int, *, first: bool) -> str:
    """That so many steps are left out, before all others (`first`) or between two."""
    form = f"skipped{'_before' if first else ''}{'_one' if steps == 1 else ''}"
    return WORDS[form].format(skipped=steps)


def race(found: DataRace) -> str:
    """Who touches what at which lines with nothing in between."""
    under_locks = found.first.holds and found.second.holds
    return WORDS["race_under_locks" if under_locks else "race"].format(
        name=found.name,
        first=_access(found.first),
        second=_access(found.second),
        first_locks=WORDS["and"].join(found.first.holds),
        second_locks=WORDS["and"].join(found.second.holds),
    )


def _access(access: Access) -> str:
    return WORDS["writes_at" if access.writes else "reads_at"].format(thread=access.thread, line=access.line)


def stuck(waiting: Waiting) -> str:
    """Who waits where for what, and who has it."""
    form = "stuck"
    if waiting.wants:
        form = "stuck_for"
        if waiting.holder:
            form = "stuck_held_since" if waiting.held_since else "stuck_held"
    return WORDS[form].format(
        who=waiting.who,
        line=waiting.line,
        called=waiting.called,
        wants=waiting.wants,
        holder=waiting.holder,
        held_since=waiting.held_since,
    )
