"""Run records: the only thing that comes back from a worker, decoded strictly.

A frame that is too long, malformed, of another case or out of place ends the case with a sentence; it never raises
anything but `BadFrame`. Unknown fields, wrong types and non-finite numbers are refused by the decoder (msgspec).
"""

from typing import Annotated, Any, Literal

import msgspec

from course.language import Sentence, say

LONGEST_FRAME = 4 << 20
DEEPEST = 12  # levels of a value; workers write no more
LARGEST_INT = 1 << 62  # in a value

LONGEST_TEXT = 2_000  # characters; workers write no more
MOST_EVENTS = 8_000  # of a trace
MOST_CHOICES = 5_000
MOST_TASKS = 200
MOST_AWAITED = 5
MOST_NOTES = 10
MOST_WARNINGS = 5
LONGEST_MESSAGE = 200  # of a warning
NUMBERS_END = 1 << 31  # of threads, tasks and their moments

NANOSECONDS = 1_000_000_000

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=NUMBERS_END)]
Inside = Literal["student", "scenario", "library", "lab"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all records: immutable, nothing missing, nothing unknown."""


class Raised(Strict, frozen=True):
    """An exception: its type and message, and the innermost line of the student's module it came through (or 0).

    `inside`: whose code raised it, and `place` where, unless it is the student's or the scenario's. Student code can
    forge both: they are words, and no verdict rests on them.
    """

    type: Text
    message: Text
    line: int
    inside: Inside = "student"
    place: Text = ""


class Uncaught(Raised, frozen=True, kw_only=True):
    """An exception that ended a thread, or that the event loop reported."""

    where: Text


class Call(Strict, frozen=True):
    """One call of a collaborator; `end` is None when the run was over first. Times in virtual nanoseconds."""

    name: Text
    tag: Text
    lane: Text
    thread: int
    start: int
    end: int | None
    error: Text


class Sleep(Strict, frozen=True):
    """One `time.sleep` by the student's code; `in_loop` when an event loop was running on that thread."""

    thread: int
    seconds: float
    line: int
    in_loop: bool


class Stack(Strict, frozen=True):
    """Where a living thread or task stands: line and function of the student's, and what that called.

    `wants`: the lock that it waits for, as its line calls it; `holder`: who holds that (or who is joined), and
    `held_since`, from which line on. `unheard`: the line of a notify() that came when nobody was waiting. Of a task,
    `wants` is whatever its line awaits, and `awaits` are the tasks whose end that is.
    """

    number: int
    name: Text
    daemon: bool
    blocked: bool
    holder: Text
    line: int
    function: Text
    called: Text
    wants: Text = ""
    held_since: int = 0
    unheard: int = 0
    awaits: Annotated[list[Text], msgspec.Meta(max_length=MOST_AWAITED)] = []


class Thread(Strict, frozen=True):
    """One thread of the run, from start to end (None: still alive), in virtual nanoseconds.

    `born_at`: the student's line that started it (or 0); `waits`: the lines at which it was blocked, and how long.
    """

    number: int
    name: Text
    start: int
    end: int | None
    born_at: int = 0
    waits: list[tuple[int, int]] = []


class Task(Strict, frozen=True):
    """One task of a traced run, from its making to its end (None: still pending), in virtual nanoseconds.

    `number`: its own in the trace; `function`: the student's coroutine function (or ""); `ended`: "returned",
    "cancelled", or the type of an exception; `born_at`: the student's line that made it (or 0).
    """

    number: Number
    name: Text
    function: Text
    start: int
    end: int | None
    ended: Text
    born_at: int = 0


class Access(Strict, frozen=True):
    """One of two accesses that race: by which thread, at which line, and the locks that it held."""

    thread: Text
    line: int
    writes: bool
    held: list[Text]


class Race(Strict, frozen=True):
    """Two accesses to `name` that nothing orders; `wrong_locks`: both held locks, but none in common."""

    name: Text
    first: Access
    second: Access
    wrong_locks: bool


class RunRecord(Strict, frozen=True, tag="run", tag_field="kind"):
    """The evidence of one run; times are nanoseconds, virtual in simulated mode, real in real mode."""

    nonce: Text
    outcome: Text
    value: Any
    error: Raised | None
    duration: int
    output: Text
    points: int = 0
    spins: int = 0
    calls: list[Call] = []
    sleeps: list[Sleep] = []
    uncaught: list[Uncaught] = []
    warned: list[Text] = []
    left: list[Stack] = []
    tasks_left: list[Text] = []
    stuck: list[Stack] = []
    threads: list[Thread] = []
    tasks: Annotated[list[Task], msgspec.Meta(max_length=MOST_TASKS)] = []
    schedule: dict[str, Any] = {}
    choices: Annotated[list[tuple[Number, Number, Number]], msgspec.Meta(max_length=MOST_CHOICES)] = []
    trace: Annotated[list[tuple[int, int, Text, int, Text]], msgspec.Meta(max_length=MOST_EVENTS)] = []
    sites: list[tuple[int, Text, Text]] = []
    races: list[Race] = []


class EndRecord(Strict, frozen=True, tag="end", tag_field="kind"):
    """The end of a case: how many runs there were, and what they prove.

    `bound`: all schedules with at most so many preemptions were run; `exhausted`: all schedules were.
    `races_follow`: the data races of the plain schedule come after this frame, in one of their own.
    """

    nonce: Text
    runs: int
    bound: int
    exhausted: bool
    races_follow: bool = False


class RacesRecord(Strict, frozen=True, tag="races", tag_field="kind"):
    """The data races of the plain schedule."""

    nonce: Text
    races: list[Race]


class MarkRecord(Strict, frozen=True, tag="mark", tag_field="kind"):
    """A moment in a real run, to be stamped with the judge's own clock when it arrives."""

    nonce: Text
    name: Text


class Used(Strict, frozen=True):
    """Something that the student's code has used in a run, as an audit event told, and its line (or 0)."""

    event: Literal[
        "__code__", "ag_frame", "code.__new__", "compile", "cr_frame", "ctypes.PyObj_FromPtr", "ctypes.cdata",
        "ctypes.dlsym", "ctypes.string_at", "ctypes.wstring_at", "exec", "function.__new__", "gc.get_objects",
        "gc.get_referents", "gc.get_referrers", "gi_frame", "inspect.currentframe", "inspect.stack",
        "marshal.loads", "sys._current_exceptions", "sys._current_frames", "sys._getframe",
        "sys._getframemodulename", "sys.addaudithook", "sys.monitoring.register_callback", "sys.remote_exec",
        "sys.setprofile", "sys.settrace", "tb_frame",
    ]  # fmt: skip
    line: Number


class Warned(Strict, frozen=True):
    """What Python warned of when it compiled the student's module."""

    line: Number
    message: Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]


class NotesRecord(Strict, frozen=True, tag="notes", tag_field="kind"):
    """What is worth a note; it decides nothing."""

    nonce: Text
    used: Annotated[list[Used], msgspec.Meta(max_length=MOST_NOTES)] = []
    warned: Annotated[list[Warned], msgspec.Meta(max_length=MOST_WARNINGS)] = []


class ProblemRecord(Raised, frozen=True, kw_only=True, tag="problem", tag_field="kind"):
    """The case could not run: the module does not compile, or the lab failed."""

    nonce: Text


class ReadyRecord(Strict, frozen=True, tag="ready", tag_field="kind"):
    """The worker is confined; from now on it runs the student's code."""

    nonce: Text


class FaultRecord(Strict, frozen=True, tag="fault", tag_field="kind"):
    """The worker could not be confined, in place of the frame that says it is ready."""

    nonce: Text
    message: Text


class BadFrame(Exception):
    """What arrived is no frame of this case; `told` says why."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(told)
        self.told = told


Frame = RunRecord | EndRecord | RacesRecord | MarkRecord | NotesRecord | ProblemRecord | ReadyRecord | FaultRecord
_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def decode(body: bytes, nonce: str) -> Frame:
    """The frame in `body`.

    Raises:
        BadFrame: it is malformed, or not of the case that `nonce` names.
    """
    try:
        frame = _decoder.decode(body)
        msgspec.msgpack.encode(frame)  # refuses integers of more than 64 bits, with which the judge could not compute
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, OverflowError) as error:
        raise BadFrame(say("the result of the run is malformed ({error})", error=type(error).__name__)) from error
    if frame.nonce != nonce:
        raise BadFrame(say("the result of the run does not carry the number of its case"))
    return frame


def value_of(plain: Any, depth: int = 0) -> Any:
    """The Python value that plain data stands for; what is no plain type becomes an `Alien`.

    Raises:
        BadFrame: `plain` is not in the form that workers write.
    """
    if depth > DEEPEST:
        raise BadFrame(say("the result of the run is nested deeper than any result can be"))
    match plain:
        case int() if abs(plain) >= LARGEST_INT:
            raise BadFrame(say("the result of the run holds a number that is larger than any worker writes"))
        case str() if len(plain) > LONGEST_TEXT:
            raise BadFrame(say("the result of the run holds a text that is longer than any worker writes"))
        case None | bool() | int() | float() | str():
            return plain
        case ["list", [*items]]:
            return [value_of(item, depth + 1) for item in items]
        case ["tuple", [*items]]:
            return tuple(value_of(item, depth + 1) for item in items)
        case ["set", [*items]]:
            return frozenset(_hashable(value_of(item, depth + 1)) for item in items)
        case ["dict", [*pairs]] if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            return {_hashable(value_of(key, depth + 1)): value_of(item, depth + 1) for key, item in pairs}
        case ["object", str(name)]:
            return Alien(name)
    raise BadFrame(say("the result of the run holds something that is no plain value"))


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return Alien(type(value).__name__)
    return value


class Alien(msgspec.Struct, frozen=True):
    """Stands for an object of a type that does not travel; equal only to itself in kind and name."""

    type: str

    def __repr__(self) -> str:
        return f"<a {self.type}>"
