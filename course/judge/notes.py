"""Notes on a lesson's module: what its text shows, what the interpreter has told of its runs, and what Python warns of.

The text alone can cost points, and only where an instructor wants it (`settings.reaching`). What a run has told comes
from a process that the student's code shares: it adds to the notes, and nothing rests on it.
"""

from collections.abc import Iterable

from course.judge.module_notes import ATTRIBUTES, MAKES_CODE, PATHS, REPLACES, Found, Why
from course.judge.records import Used, Warned
from course.language import Sentence, as_it_is, say
from course.report.model import Note

# What audit events tell of, where they are called otherwise than it is.
CALLED = {
    "code.__new__": "types.CodeType",
    "ctypes.PyObj_FromPtr": "_ctypes.PyObj_FromPtr",
    "ctypes.cdata": "ctypes",
    "ctypes.dlsym": "ctypes",
    "function.__new__": "types.FunctionType",
    "marshal.loads": "marshal",
    "sys.monitoring.register_callback": "sys.monitoring",
}
# Why it is worth a note, where the text of a module does not show it in the same way.
OF_RUNS = {"__code__": REPLACES, "types.CodeType": MAKES_CODE, "types.FunctionType": MAKES_CODE}
MOST_NOTES = 10  # of the text and of runs


def notes_of(found: list[Found], told: Iterable[Used | Warned], source: str) -> tuple[Note, ...]:
    """The notes on a module, first what reaches into the grader, last what Python warns of; each thing once."""
    lines = source.count("\n") + 1
    told = [each for each in told if each.line <= lines]  # the others are not the lab's
    notes = [_of_text(each) for each in found]
    known = {each.what for each in found}
    said = {(line, each.why.does) for each in found for line in each.lines}
    for each in sorted((each for each in told if isinstance(each, Used)), key=lambda each: (each.line, each.event)):
        what = CALLED.get(each.event, each.event)
        why = why_of(what)
        if what not in known and (each.line, why.does) not in said:
            known.add(what)
            said.add((each.line, why.does))
            notes.append(_of_run(what, each.line, why))
    notes.sort(key=lambda note: note.kind != "reaches")
    warned = sorted((each for each in told if isinstance(each, Warned)), key=lambda each: each.line)
    return (*notes[:MOST_NOTES], *map(_of_compiler, warned))


def why_of(what: str) -> Why:
    """Why something that was used in a run is worth a note."""
    why = {**PATHS, **ATTRIBUTES, **OF_RUNS}.get(what) or PATHS[f"builtins.{what}"]
    assert why is not None
    return why


def _of_text(found: Found) -> Note:
    used = say("line {line} uses `{what}`", line=found.line, what=as_it_is(found.what))
    return Note(kind=found.why.kind, what=found.what, line=found.line, text=_judged(used, found.why), seen="text")


def _of_run(what: str, line: int, why: Why) -> Note:
    used = say("line {line} has used `{what}` in a run", line=line, what=as_it_is(what))
    if not line:
        used = say("code that was made at run time has used `{what}`", what=as_it_is(what))
    return Note(kind=why.kind, what=what, line=line, text=_judged(used, why), seen="run")


def _judged(used: Sentence, why: Why) -> Sentence:
    if why.kind == "reaches":
        return say("{used}, which only helps to get at the grader: {does}", used=used, does=why.does)
    return say("{used}, which is unusual in an exercise and costs nothing: {does}", used=used, does=why.does)


def _of_compiler(warned: Warned) -> Note:
    message = as_it_is(warned.message.replace("`", "'"))
    text = say("line {line}, Python warns: {message}", line=warned.line, message=message)
    return Note(kind="warning", what="SyntaxWarning", line=warned.line, text=text, seen="text")


def for_student(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """What the student reads: one plain sentence about all that no exercise needs, and what Python warns of."""
    first = next((note for note in notes if note.kind != "warning"), None)
    warnings = tuple(note for note in notes if note.kind == "warning")
    if first is None:
        return warnings
    what = as_it_is(first.what)
    text = say(
        "`{what}` is something that no exercise needs. It costs nothing; your instructor sees it, too", what=what
    )
    if first.line:
        text = say(
            "line {line} uses `{what}`, which no exercise needs. It costs nothing; your instructor sees it, too",
            line=first.line,
            what=what,
        )
    return (Note(kind="unusual", what=first.what, line=first.line, text=text, seen=first.seen), *warnings)


def costs_the_lesson(found: list[Found], filename: str) -> Sentence | None:
    """Why a module earns nothing where an instructor has decided so; None where it does not reach into the grader."""
    first = next((each for each in found if each.why.kind == "reaches"), None)
    if first is None:
        return None
    return say(
        "{file}, line {line}, uses `{what}`: {does}. No exercise needs it, and in this course such a module earns no "
        "points. Take it out, and hand in again.",
        file=filename,
        line=first.line,
        what=as_it_is(first.what),
        does=first.why.does,
    )
