"""A lesson's result for its readers: in their language, and with as much of a hidden check as they may see.

Instructors see all. Students see the promise, the points, the diagnosis, the hint, and the interleaving or time line in
their own lines. Inputs and expected values of checks (`Hidden`) are shown only where the lesson's text gives them. What
a run has told (values, names of threads, messages of exceptions) is shown word by word: words of the lesson's text, of
their own module and of Python, and numbers below ten. That keeps hidden values from whoever does not look for them; who
does can learn something of them by how the code behaves, as with every check.
"""

import asyncio
import builtins
import concurrent.futures
import multiprocessing
import queue
import re
import signal
import threading
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import msgspec

from course.cutting import LONGEST_TOLD, cut
from course.judge import notes
from course.judge.starter import GraderBroken
from course.language import EVERYTHING, NOT_SHOWN, Language, Sentence, View, say
from course.lessons import Lesson
from course.report.model import CheckResult, Failure, LessonResult

WORD = re.compile(r"\d\w*(?:[.,]\d\w*)*|\w+")  # a number is one word, however it is written: 12.5, 1,234, 5_000
DIGITS = frozenset("0123456789")
# The number that Python gives to a thread or a task says nothing of a check, nor does the lab's, which has callers.
NUMBERED = re.compile(
    r"\b(?:(?:Thread|Task|ThreadPoolExecutor|Process|SpawnProcess|ForkProcess|asyncio|Dummy)[-_][\d_-]+|caller \d+)"
)
# Names of threads, tasks, locks and calls: each is one person or thing, and stays it where it is not shown.
NAMES = frozenset({"lane", "who", "holder", "thread", "columns", "label"})
# What stands in the student's own file, or what no run has told.
OPEN = frozenset(
    {"file", "source", "id", "group", "status", "kind", "how", "stopped", "ended", "lesson", "what", "seen"}
)
# Words of Python's own messages, besides the names of the standard library.
OF_MESSAGES = WORD.findall("""
    a an and are argument arguments as at attribute be been but by called can cannot concatenate could did
    different do does during expected extra failed for format found from given got handler has have in index
    indices instance integer integers into invalid is iterable iteration item it its keyword key line literal
    lock loop main many missing module more most must name named no non not null number object of on only or out
    outside own positional range raised required run running second seconds sequence set shut size started
    string subscriptable supported takes than that the this to too type types unexpected unhashable unpack
    unsupported usable use used value values variable was were when while with without you your zero division
    changed owned released acquired un acquire pickle pickled local referenced before assignment associated
    async await awaited awaitable coroutine coroutines future futures event thread threads task tasks timeout
    timed exception exceptions operand operands slice callable never retrieved cancelled current enough less
    least maximum recursion depth exceeded comparison calling bytes like base initialized twice once already
    waiting daemonic processes process allowed children scope defined greater can t terminated abruptly pending
    pool max_workers BrokenProcessPool BrokenThreadPool
""")


ToldT = TypeVar("ToldT")


class _Reader(NamedTuple):
    language: Language
    view: View
    name: Callable[[str], str]


def in_language(told: ToldT, language: Language) -> ToldT:
    """All of a sentence or of a part of a result, in this language."""
    found: ToldT = _told(told, "", _Reader(language, EVERYTHING, str))
    return found


def for_student(result: LessonResult, lesson: Lesson, source: str, language: Language) -> LessonResult:
    """What the student who wrote `source` may see of the result, in this language."""
    words, texts = public_words(lesson, source), _texts(lesson)
    view = View(of_run=lambda text: _shown(text, words), gives=lambda text: text in texts)
    noted = notes.for_student(() if result.problem else result.notes)
    result = msgspec.structs.replace(result, notes=noted)
    told: LessonResult = _told(result, "", _Reader(language, view, _Names(view)))
    return told


class _Names:
    """Shows names as far as they may be seen; those of different owners stay different."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[str, str] = {}
        self._hidden = 0

    def __call__(self, name: str) -> str:
        if name not in self._known:
            shown = self._view.of_run(name)
            if shown != name:
                self._hidden += 1
                shown = shown.replace(NOT_SHOWN, f"#{self._hidden}", 1)
            self._known[name] = shown
        return self._known[name]


def _told(value: Any, field: str, reader: _Reader) -> Any:
    if isinstance(value, Sentence):
        return value.told(reader.language, EVERYTHING if field == "problem" else reader.view)
    if isinstance(value, str):
        if field in OPEN or not value:
            return value
        return reader.name(cut(value)) if field in NAMES else reader.view.of_run(cut(value))
    if isinstance(value, tuple):
        return tuple(_told(each, field, reader) for each in value)
    if not isinstance(value, msgspec.Struct):
        return value
    if reader.view is not EVERYTHING:
        value = _without_what_is_the_graders(value)
    return msgspec.structs.replace(
        value, **{name: _told(getattr(value, name), name, reader) for name in value.__struct_fields__}
    )


def _without_what_is_the_graders(value: msgspec.Struct) -> msgspec.Struct:
    """No token (it runs in the grader's scenario), and no word on how a check broke."""
    if isinstance(value, Failure):
        return msgspec.structs.replace(value, token="")
    if isinstance(value, CheckResult) and value.status == "broken":
        what = say("this check could not be done, and that says nothing about your code")
        return msgspec.structs.replace(value, reason=GraderBroken(what).told)
    return value


def _shown(text: str, words: frozenset[str]) -> str:
    """`text` word by word, in one pass. It has been cut: what stands behind that length is the mark of the cut."""
    told, mark = text[:LONGEST_TOLD], text[LONGEST_TOLD:]
    ends = {found.start(): found.end() for found in NUMBERED.finditer(told)}
    shown, at, given_until = [], 0, 0
    for found in WORD.finditer(told):
        given_until = max(given_until, ends.get(found.start(), 0))
        given = found.start() < given_until or is_public(found[0], words)
        shown += [told[at : found.start()], found[0] if given else NOT_SHOWN]
        at = found.end()
    return "".join((*shown, told[at:], mark))


def is_public(word: str, words: frozenset[str]) -> bool:
    """True for one of the public `words`, and for a number that says next to nothing."""
    if word in words or word.lower() in words:
        return True
    return word in DIGITS


def public_words(lesson: Lesson, source: str) -> frozenset[str]:
    """The words that the lesson's text gives, that stand in the student's module, and that are Python's own."""
    return _words_of_python().union(WORD.findall(source), WORD.findall(_texts(lesson)))


def _texts(lesson: Lesson) -> str:
    """All that the lesson tells its students."""
    promises = (text for check in lesson.checks for text in (check.says.en, check.says.zh))
    files = [*lesson.exercise.parent.glob("README*.md"), lesson.exercise]
    return "\n".join((*promises, *(file.read_text(encoding="utf-8") for file in files if file.exists())))


@cache
def _words_of_python() -> frozenset[str]:
    """The names of the standard library that messages and lines about concurrency have, and of builtins' methods."""
    modules: list[ModuleType] = [builtins, threading, queue, asyncio, concurrent.futures, multiprocessing, signal]
    names = {name for module in modules for name in dir(module)}
    for module in modules:
        for each in vars(module).values():
            if isinstance(each, type):
                names.update(dir(each))
    return frozenset(names.union(OF_MESSAGES))
