"""The summary of a push, in GitHub's Markdown: the table of lessons, and of each lesson the first failure.

A student's text stands in code only; what is prose here are sentences of the course.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from course.language import Words, speaking
from course.report import sentences, terminal
from course.report.escape import harmless
from course.report.model import CheckResult, Failure, LessonResult, Location, Result
from course.report.sentences import WORDS as OF_REPORTS
from course.report.sinks import markdown_block, markdown_code, markdown_lines

WORDS = Words(Path(__file__).with_name("summary.toml"))
MOST_BYTES = 1_000_000  # GitHub takes 1 MiB of a step
WIDTH = 96  # of a block of code that is seen whole
MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]()#+~|$^!<>&]")
# Addresses and names at which GitHub would make a link.
WOULD_BE_A_LINK = re.compile(r"(?<=http)s?:|(?<=www)\.", re.IGNORECASE)

Link = Callable[[str], str]
"""From a place in the repository (`exercises/t01_quotes/quotes.py#L3`) to its address; "" where it has none."""


def no_link(_: str) -> str:
    """No address."""
    return ""


def summary(result: Result, places: Mapping[str, str], link: Link = no_link) -> str:
    """Write the summary in the language of the result; `places` are the paths of the modules in the repository."""
    result = harmless(result)
    with speaking(result.language):
        text = "\n\n".join(filter(None, _head(result, places, link)))
        left_out = []
        for lesson in filter(_has_losses, result.lessons):
            section = "\n\n".join(_lesson(lesson, places[lesson.lesson], link))
            if len(text.encode()) + len(section.encode()) < MOST_BYTES:
                text += f"\n\n{section}"
            else:
                left_out.append(lesson.lesson)
        if left_out:
            text += "\n\n" + WORDS["left_out"].format(lessons=", ".join(map(_prose, left_out)))
    return f"{text}\n"


def _has_losses(lesson: LessonResult) -> bool:
    return lesson.begun and (bool(lesson.problem) or any(check.status != "passed" for check in lesson.checks))


def _is_complete(lesson: LessonResult) -> bool:
    return lesson.begun and not _has_losses(lesson)


def _head(result: Result, places: Mapping[str, str], link: Link) -> Iterator[str]:
    yield "## " + WORDS["points"].format(points=result.points, max_points=result.max_points)
    begun = [lesson for lesson in result.lessons if lesson.begun]
    complete = [lesson for lesson in begun if _is_complete(lesson)]
    if result.lessons and not begun:
        yield _where_to_begin(places[result.lessons[0].lesson], link)
    elif len(complete) == len(result.lessons):
        yield WORDS["all_right"]
    else:
        yield WORDS["progress"].format(complete=len(complete), begun=len(begun), lessons=len(result.lessons))
    yield "\n".join(_table(result, places, link))
    yield f"<sub>{WORDS['legend']}</sub>" if begun else ""
    yield "\n".join(f"- {markdown_code(note)}" for note in result.notes)
    notes = (sentences.noted(lesson.lesson, note) for lesson in result.lessons for note in lesson.notes)
    yield "\n".join(f"- {markdown_code(note.replace('`', ''))}" for note in notes)
    graded = WORDS["graded"].format(seconds=result.seconds, python=result.python, graded_at=result.graded_at)
    isolated = WORDS["isolated"].format(isolation=result.isolation) if result.isolation else ""
    yield f"<sub>{_prose(graded + isolated)}</sub>"


def _where_to_begin(place: str, link: Link) -> str:
    readme = f"{place.rpartition('/')[0]}/{WORDS['readme']}"
    return WORDS["nothing_begun"].format(readme=_linked(readme, readme, link), file=_linked(place, place, link))


def _linked(shown: str, place: str, link: Link) -> str:
    address = link(place)
    return f"[{markdown_code(shown)}]({address})" if address else markdown_code(shown)


def _table(result: Result, places: Mapping[str, str], link: Link) -> Iterator[str]:
    fast = any(lesson.speed_up for lesson in result.lessons)
    names = ("lesson", "title", "points_column", "checks", *(["speed_up"] if fast else []))
    yield _row("", *(OF_REPORTS[name] for name in names))
    yield "|---|---|---|--:|---|" + ("---|" if fast else "")
    for lesson in result.lessons:
        name = _linked(lesson.lesson, places[lesson.lesson], link)
        points = f"{lesson.points}/{lesson.max_points}"
        checks = _marks(lesson) if lesson.begun else WORDS["not_begun"]
        speed_up = _prose(terminal.speed_up_text(lesson.speed_up)) if lesson.speed_up else ""
        yield _row(_sign(lesson), name, _prose(lesson.title), points, checks, *([speed_up] if fast else []))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _sign(lesson: LessonResult) -> str:
    if not lesson.begun:
        return "⬜"
    if any(check.status == "broken" for check in lesson.checks):
        return "⚠️"
    return "❌" if _has_losses(lesson) else "✅"


def _marks(lesson: LessonResult) -> str:
    """One sign per check, with a gap between the groups."""
    groups: dict[str, str] = {}
    for check in lesson.checks:
        groups[check.group] = groups.get(check.group, "") + _mark(check)
    return markdown_code(" ".join(groups.values()))


def _mark(check: CheckResult) -> str:
    return terminal.MARKS[check.status][0]


def _lesson(lesson: LessonResult, place: str, link: Link) -> Iterator[str]:
    title = f"{_prose(lesson.lesson)} · {_prose(lesson.title)} · {lesson.points}/{lesson.max_points}"
    yield f"### {_sign(lesson)} {title}"
    if lesson.problem:
        yield markdown_block(lesson.problem, "text").rstrip()
        yield from _on_your_machine(place, None)
        return
    lost = [check for check in lesson.checks if check.status != "passed"]
    shown = next((check for check in lost if check.status == "failed"), lost[0])
    yield _promise(shown)
    if shown.failure:
        yield from _failure(shown.failure, place, link)
    elif shown.reason:
        yield markdown_block(shown.reason, "text").rstrip()
    if shown.status == "broken":
        yield OF_REPORTS["not_your_fault"]
    yield from _on_your_machine(place, shown.failure)
    yield from _others([check for check in lost if check is not shown])


def _promise(check: CheckResult) -> str:
    missing = check.max_points - check.points
    lost = WORDS["lost_one"] if missing == 1 else WORDS["lost"].format(points=missing)
    says, name = _prose(check.says), markdown_code(check.id)
    return WORDS["promise"].format(mark=_mark(check), says=says, lost=lost, check=name)


def _failure(failure: Failure, place: str, link: Link) -> Iterator[str]:
    yield markdown_lines(terminal.facts_text(failure, WIDTH)).rstrip()
    told = []
    if failure.look_at:
        told.append(_labelled("look_at", _location(failure.look_at, place, link)))
    if failure.diagnosis:
        name, text = _prose(failure.diagnosis.name), _prose(failure.diagnosis.text)
        told.append(_labelled("diagnosis", WORDS["named"].format(name=name, text=text)))
    told += [_labelled("why", _prose(failure.why)), _labelled("hint", _prose(failure.hint))]
    yield "\n".join(f"- {each}" for each in told)
    evidence = terminal.evidence_text(failure, WIDTH)
    if evidence:
        yield f"**{WORDS['how_it_happened']}**"
        yield markdown_lines(evidence).rstrip()


def _labelled(label: str, text: str) -> str:
    return WORDS["labelled"].format(label=f"**{WORDS[label]}**", text=text)


def _location(found: Location, place: str, link: Link) -> str:
    return f"{_linked(f'{found.file}:{found.line}', f'{place}#L{found.line}', link)} {markdown_code(found.source)}"


def _on_your_machine(place: str, failure: Failure | None) -> Iterator[str]:
    """How to run the lesson's open samples, and the same order of steps where the reader has the grader."""
    folder = place.rpartition("/")[0]
    told = WORDS["samples"].format(command=markdown_code(f".venv/bin/pytest {folder}"))
    if failure and failure.token:
        token = OF_REPORTS["replay"].format(token=failure.token)
        told += " " + WORDS["replay"].format(command=markdown_code(token, len(token)))
    yield _labelled("again", told)


def _others(checks: list[CheckResult]) -> Iterator[str]:
    """The other checks without points, folded up."""
    if not checks:
        return
    yield f"<details><summary>{WORDS['more'].format(checks=len(checks))}</summary>"
    yield "\n".join(f"- {markdown_code(_mark(check))} {_outcome(check)}" for check in checks)
    yield "</details>"


def _outcome(check: CheckResult) -> str:
    status = OF_REPORTS[check.status]
    return WORDS["outcome"].format(
        says=_prose(check.says), status=status, points=check.points, max_points=check.max_points
    )


def _prose(text: str) -> str:
    """A sentence of the course: what stands in `backticks` is code, and nothing else in it means anything."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _plain(text)
    return "".join(markdown_code(piece) if index % 2 else _plain(piece) for index, piece in enumerate(pieces))


def _plain(text: str) -> str:
    escaped = MEANS_SOMETHING.sub(lambda found: f"&#{ord(found[0])};", text)
    return WOULD_BE_A_LINK.sub(lambda found: "".join(f"&#{ord(character)};" for character in found[0]), escaped)
