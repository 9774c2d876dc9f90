"""Notes on a lesson's module: what its text shows, what the interpreter has told of its runs, and what Python warns of.

The text alone can cost points, and only where an instructor wants it (`settings.reaching`). What a run has told comes
from a process that the student's code shares: it adds to the notes, and nothing rests on it.
"""

from collections.abc import Iterable

from course.judge.module_notes import (
    CALLS_C,
    DEBUGS,
    FRAMES,
    LISTENS,
    MAKES_CODE,
    MEMORY,
    OBJECTS,
    REPLACES,
    TRACES,
    Found,
    Why,
)
from course.judge.records import Used, Warned
from course.language import Sentence, as_it_is, say
from course.report.model import Note

# By audit event: what was used, and why that is worth a note.
EVENTS: dict[str, tuple[str, Why]] = {
    "__code__": ("__code__", REPLACES),
    "ag_frame": ("ag_frame", FRAMES),
    "code.__new__": ("types.CodeType", MAKES_CODE),
    "compile": ("compile", MAKES_CODE),
    "cr_frame": ("cr_frame", FRAMES),
    "ctypes.PyObj_FromPtr": ("_ctypes.PyObj_FromPtr", MEMORY),
    "ctypes.cdata": ("ctypes", CALLS_C),
    "ctypes.dlsym": ("ctypes", CALLS_C),
    "ctypes.string_at": ("ctypes.string_at", MEMORY),
    "ctypes.wstring_at": ("ctypes.wstring_at", MEMORY),
    "exec": ("exec", MAKES_CODE),
    "function.__new__": ("types.FunctionType", MAKES_CODE),
    "gc.get_objects": ("gc.get_objects", OBJECTS),
    "gc.get_referents": ("gc.get_referents", OBJECTS),
    "gc.get_referrers": ("gc.get_referrers", OBJECTS),
    "gi_frame": ("gi_frame", FRAMES),
    "inspect.currentframe": ("inspect.currentframe", FRAMES),
    "inspect.stack": ("inspect.stack", FRAMES),
    "marshal.loads": ("marshal", MAKES_CODE),
    "sys._current_exceptions": ("sys._current_exceptions", FRAMES),
    "sys._current_frames": ("sys._current_frames", FRAMES),
    "sys._getframe": ("sys._getframe", FRAMES),
    "sys._getframemodulename": ("sys._getframemodulename", FRAMES),
    "sys.addaudithook": ("sys.addaudithook", LISTENS),
    "sys.monitoring.register_callback": ("sys.monitoring", TRACES),
    "sys.remote_exec": ("sys.remote_exec", DEBUGS),
    "sys.setprofile": ("sys.setprofile", TRACES),
    "sys.settrace": ("sys.settrace", TRACES),
    "tb_frame": ("tb_frame", FRAMES),
}
MOST_NOTES = 10  # of the text and of runs


def notes_of(found: list[Found], told: Iterable[Used | Warned], source: str) -> tuple[Note, ...]:
    """The notes on a module, first what reaches into the grader, last what Python warns of; each thing once."""
    lines = source.count("\n") + 1
    told = [each for each in told if each.line <= lines]  # the others are not the lab's
    notes = [_of_text(each) for each in found]
    known = {each.what for each in found}
    said = {(line, each.why.does) for each in found for line in each.lines}
    for each in sorted((each for each in told if isinstance(each, Used)), key=lambda each: (each.line, each.event)):
        what, why = EVENTS[each.event]
        if what not in known and (each.line, why.does) not in said:
            known.add(what)
            said.add((each.line, why.does))
            notes.append(_of_run(what, each.line, why))
    notes.sort(key=lambda note: note.kind != "reaches")
    warned = sorted((each for each in told if isinstance(each, Warned)), key=lambda each: each.line)
    return (*notes[:MOST_NOTES], *map(_of_compiler, warned))


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
