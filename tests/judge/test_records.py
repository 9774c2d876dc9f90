"""What comes back from a worker: read strictly, and never with any other exception than `BadFrame`."""

import json
import math
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from msgspec import inspect

from course.judge.records import (
    DEEPEST,
    LONGEST_MESSAGE,
    LONGEST_TEXT,
    MOST_AWAITED,
    MOST_CHOICES,
    MOST_EVENTS,
    MOST_NOTES,
    MOST_TASKS,
    MOST_WARNINGS,
    NUMBERS_END,
    Alien,
    BadFrame,
    EndRecord,
    Frame,
    MarkRecord,
    NotesRecord,
    ProblemRecord,
    RunRecord,
    decode,
    value_of,
)
from course.lab.audit_notes import MOST_NOTES as MOST_NOTES_WRITTEN
from course.lab.awaiting import MOST_TASKS as MOST_TASKS_WRITTEN
from course.lab.compiler_warnings import LONGEST_MESSAGE as LONGEST_MESSAGE_WRITTEN
from course.lab.compiler_warnings import MOST_WARNINGS as MOST_WARNINGS_WRITTEN
from course.lab.record import DEEPEST as DEEPEST_WRITTEN
from course.lab.record import LONGEST_TEXT as LONGEST_TEXT_WRITTEN
from course.lab.record import MOST_ITEMS, plain
from course.lab.simulation import MOST_CHOICES as MOST_CHOICES_WRITTEN
from course.lab.stuck import MOST_NAMED
from course.lab.trace import LONGEST_TRACE

NONCE = "0123456789abcdef"
RUN = {
    "nonce": NONCE,
    "kind": "run",
    "outcome": "finished",
    "value": None,
    "error": None,
    "duration": 0,
    "output": "",
}
EVENT = [0, 1, "acquire", 1, ""]
TASK = {"number": 1001, "name": "Task-1", "function": "f", "start": 0, "end": None, "ended": "", "born_at": 1}
STACK = {
    "number": 1001,
    "name": "Task-1",
    "daemon": False,
    "blocked": True,
    "holder": "",
    "line": 3,
    "function": "f",
    "called": "wait",
    "awaits": ["Task-2"],
}
END = {"nonce": NONCE, "kind": "end", "runs": 1, "bound": -1, "exhausted": False}


def frame(**changes: Any) -> bytes:
    """The body of a run frame; `changes` replace or add fields."""
    return json.dumps({**RUN, **changes}).encode()


def notes(**fields: Any) -> bytes:
    """The body of a frame of notes."""
    return json.dumps({"nonce": NONCE, "kind": "notes", **fields}).encode()


def with_value(text: str) -> bytes:
    """The body of a run frame whose value is this JSON text, sensible or not."""
    return frame(value="@").replace(b'"@"', text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (RUN, RunRecord),
        ({**RUN, "tasks": [TASK], "stuck": [STACK]}, RunRecord),
        (END, EndRecord),
        ({"nonce": NONCE, "kind": "notes", "used": [{"event": "exec", "line": 0}]}, NotesRecord),
        ({"nonce": NONCE, "kind": "notes", "warned": [{"line": 3, "message": "careful"}]}, NotesRecord),
        ({"nonce": NONCE, "kind": "mark", "name": "begin"}, MarkRecord),
        ({"nonce": NONCE, "kind": "problem", "type": "SyntaxError", "message": "", "line": 1}, ProblemRecord),
    ],
)
def test_a_frame_becomes_the_record_of_its_kind(fields: dict[str, Any], kind: type) -> None:
    assert isinstance(decode(json.dumps(fields).encode(), NONCE), kind)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"null",
        b"[]",
        b"{}",
        b'"run"',
        b"not json",
        b'{"nonce"',
        b"\xff\xfe{}",
        b"\x80\x04K*.",
        json.dumps(RUN).encode()[:-1],
        json.dumps(RUN).encode() + b"{}",
        json.dumps([RUN, END]).encode(),
        json.dumps(END).encode().replace(b'"runs": 1', b'"runs": 1.5'),
        frame(kind="verdict"),
        frame(kind=None),
        frame(points=True),
        frame(points="3"),
        frame(points=1e300),
        frame(duration=None),
        frame(output=7),
        frame(calls={}),
        frame(calls=[{"name": "fetch"}]),
        frame(trace=[[1, 2, "point"]]),
        frame(schedule=[]),
        frame(error="ValueError"),
        frame(error={"type": "E", "message": "m", "line": 1, "passed": True}),
        frame(passed=True),
        frame(tasks=[{**TASK, "passed": True}]),
        frame(tasks=[{**TASK, "number": -1}]),
        frame(tasks=[{**TASK, "end": 1.5}]),
        frame(tasks=[{"number": 1001}]),
        frame(stuck=[{**STACK, "awaits": ["Task-2"] * (MOST_AWAITED + 1)}]),
        frame(stuck=[{**STACK, "awaits": "Task-2"}]),
        frame(nonce=7),
        notes(used=[{"event": "gc.get_objects"}]),
        notes(used=[{"event": "gc.get_objects", "line": -1}]),
        notes(used=[{"event": "gc.get_objects", "line": 1, "text": "look"}]),
        notes(used=[{"event": "look at this", "line": 1}]),
        notes(used=[{"event": "gc.get_objects", "line": line} for line in range(MOST_NOTES + 1)]),
        notes(warned=[{"line": 1, "message": "x" * (LONGEST_MESSAGE + 1)}]),
        notes(warned=[{"line": line, "message": "x"} for line in range(MOST_WARNINGS + 1)]),
        notes(text="look"),
    ],
)
def test_a_malformed_frame_is_a_bad_frame(body: bytes) -> None:
    with pytest.raises(BadFrame, match="malformed"):
        decode(body, NONCE)


@pytest.mark.parametrize("field", [name for name in RUN if name != "kind"])
def test_a_frame_with_a_field_missing_is_a_bad_frame(field: str) -> None:
    body = json.dumps({name: value for name, value in RUN.items() if name != field}).encode()
    with pytest.raises(BadFrame, match="malformed"):
        decode(body, NONCE)


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "1" * 5000,
        "1" * 400 + ".5",
        '"\\ud800"',
        '"\ud800"',
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" * 100_000,
    ],
    ids=lambda value: value[:12].encode("ascii", "backslashreplace").decode(),
)
def test_a_value_that_json_should_not_carry_is_a_bad_frame(value: str) -> None:
    """No number that is none, no lone surrogate, and no recursion error, however deep it is nested."""
    with pytest.raises(BadFrame, match="malformed"):
        decode(with_value(value), NONCE)


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1, 300, 450, 900, 4_000, 50_000])
def test_a_value_deeper_than_workers_write_is_a_bad_frame(levels: int) -> None:
    """Where the decoder's patience ends differs between versions of Python; ours ends where the worker's does."""
    body = with_value('["list",[' * levels + "7" + "]]" * levels)
    if levels <= DEEPEST:
        frame = decode(body, NONCE)
        assert isinstance(frame, RunRecord)
        assert str(value_of(frame.value)) == "[" * levels + "7" + "]" * levels
        return
    refused = False
    try:
        value_of(decode(body, NONCE).value)  # type: ignore[union-attr]
    except BadFrame:
        refused = True
    except RecursionError:
        pass  # not raised on: pytest needs minutes to show it
    assert refused


def test_workers_write_as_deep_as_the_judge_reads() -> None:
    assert DEEPEST == DEEPEST_WRITTEN


@pytest.mark.parametrize("nonce", ["", "0" * 16, NONCE.upper(), f"{NONCE} "])
def test_a_frame_of_another_case_is_a_bad_frame(nonce: str) -> None:
    with pytest.raises(BadFrame, match="number of its case"):
        decode(frame(nonce=nonce), NONCE)


def test_of_a_key_that_comes_twice_the_nonce_must_still_fit() -> None:
    """Whichever of the two a decoder takes, it has to be the right one and only that counts."""
    twice = json.dumps(RUN).encode().replace(b"{", b'{"nonce": "' + NONCE.encode() + b'", ', 1)
    assert isinstance(decode(twice, NONCE), RunRecord)
    with pytest.raises(BadFrame):
        decode(twice.replace(NONCE.encode(), b"x" * 16), NONCE)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -7,
        (1 << 62) - 1,
        0.1,
        -0.0,
        "text",
        "价格\u202e\0",
        [],
        (),
        {},
        [1, (2.5, "x"), {"a": [None]}],
        {1: {"b": (3,)}, (1, 2): "pair"},
        frozenset({1, 2}),
        list(range(MOST_ITEMS)),
    ],
    ids=repr,
)
def test_what_a_worker_writes_is_read_as_the_same_value(value: Any) -> None:
    """Types included: a list is not a tuple, and `True` is not 1."""
    frame = decode(with_value(json.dumps(plain(value))), NONCE)
    assert isinstance(frame, RunRecord)
    got = value_of(frame.value)
    assert got == value
    assert repr(got) == repr(value)


class Lying(int):
    """A subclass that claims to be equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Lying(3), "Lying"),
        (object(), "object"),
        (math.nan, "float"),
        (math.inf, "float"),
        (1 << 62, "int"),
        (b"", "bytes"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_plain_value_becomes_an_alien_that_equals_nothing_else(value: object, name: str) -> None:
    """No class of a student's takes part in a comparison."""
    got = value_of(json.loads(json.dumps(plain(value))))
    assert got == Alien(name)
    assert got not in (3, name, math.inf, 1 << 62, b"", None)
    assert repr(got) == f"<a {name}>"


@pytest.mark.parametrize(
    "forged",
    [
        [],
        ["list"],
        ["list", 1],
        ["list", [1], 2],
        ["frozenset", []],
        ["dict", [[1]]],
        ["dict", [[1, 2, 3]]],
        ["dict", [1]],
        ["dict", {"a": 1}],
        ["object", 7],
        ["list", [["nothing", []]]],
        {"a": 1},
        [None, []],
    ],
    ids=json.dumps,
)
def test_a_value_that_is_not_in_the_form_that_workers_write_is_a_bad_frame(forged: Any) -> None:
    with pytest.raises(BadFrame, match="no plain value"):
        value_of(forged)


@pytest.mark.parametrize(
    "forged", [["set", [["list", []]]], ["dict", [[["dict", []], 1]]], ["set", [["tuple", [["list", []]]]]]]
)
def test_what_cannot_be_hashed_in_a_set_or_as_a_key_becomes_an_alien(forged: Any) -> None:
    """A forged set of lists is no reason for a TypeError in the judge."""
    assert all(isinstance(item, Alien) for item in value_of(forged))


@pytest.mark.parametrize(
    ("field", "items", "most"),
    [
        ("choices", [[1, 2, NUMBERS_END - 1]], MOST_CHOICES),
        ("trace", [EVENT], MOST_EVENTS),
        ("tasks", [TASK], MOST_TASKS),
    ],
)
def test_choices_and_events_are_as_many_as_a_worker_may_write(field: str, items: list[Any], most: int) -> None:
    """More would keep the judge busy."""
    record = decode(frame(**{field: items * most}), NONCE)
    assert len(getattr(record, field)) == most
    with pytest.raises(BadFrame):
        decode(frame(**{field: items * (most + 1)}), NONCE)


def test_workers_write_no_more_choices_and_events_than_are_read() -> None:
    assert (MOST_CHOICES_WRITTEN, LONGEST_TRACE) == (MOST_CHOICES, MOST_EVENTS)
    assert (MOST_TASKS_WRITTEN, MOST_NAMED) == (MOST_TASKS, MOST_AWAITED)
    assert MOST_NOTES_WRITTEN == MOST_NOTES
    assert (MOST_WARNINGS_WRITTEN, LONGEST_MESSAGE_WRITTEN) == (MOST_WARNINGS, LONGEST_MESSAGE)
    assert LONGEST_TEXT_WRITTEN == LONGEST_TEXT


@pytest.mark.parametrize("number", [-1, NUMBERS_END, 2**70, 1.5])
def test_a_choice_that_no_token_could_name_is_refused(number: float) -> None:
    for choice in ([number, 0, 0], [0, number, 0], [0, 0, number]):
        with pytest.raises(BadFrame):
            decode(frame(choices=[choice]), NONCE)


def texts_in(kind: Any, path: str) -> Iterator[tuple[str, inspect.StrType]]:
    """Every text in a type, by where it stands."""
    match kind:
        case inspect.StrType():
            yield path, kind
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from texts_in(field.type, f"{path}.{field.name}")
        case inspect.ListType(item_type=item):
            yield from texts_in(item, path)
        case inspect.TupleType(item_types=items) | inspect.UnionType(types=items):
            for item in items:
                yield from texts_in(item, path)


def test_every_text_of_every_record_has_a_limit() -> None:
    """A name that many events point at would else be copied for each of them."""
    found = [text for each in get_args(Frame) for text in texts_in(inspect.type_info(each), each.__name__)]
    assert len(found) > 30
    assert [path for path, text in found if (text.max_length or LONGEST_TEXT + 1) > LONGEST_TEXT] == []
    with pytest.raises(BadFrame, match="malformed"):
        decode(frame(output="x" * (LONGEST_TEXT + 1)), NONCE)


def test_a_text_in_a_value_has_that_limit_too() -> None:
    assert value_of(["list", ["x" * LONGEST_TEXT]]) == ["x" * LONGEST_TEXT]
    with pytest.raises(BadFrame, match="longer than any worker writes"):
        value_of(["list", ["x" * (LONGEST_TEXT + 1)]])
