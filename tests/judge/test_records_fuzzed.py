"""The channel under fire: whatever bytes arrive, there is a verdict, no other exception, and no memory over a cap."""

import json
import os
import struct
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.judge.drivers import collect
from course.judge.framing import MOST_BYTES, TOO_LARGE
from course.judge.records import LONGEST_FRAME, BadFrame, RunRecord, decode, value_of
from course.judge.run import CheckFailed
from course.judge.starter import Worker
from course.judge.workers import Case
from tests.report.dangers import STEADY, STEADY_AND_SLOW

NONCE = "0123456789abcdef"
MOST_MEMORY = 256 << 20  # for one case in the judge, however its bytes are chosen
STACK = {
    "number": 1,
    "name": "w",
    "daemon": False,
    "blocked": True,
    "holder": "",
    "line": 3,
    "function": "f",
    "called": "",
}
RACE = {
    "name": "x",
    "first": {"thread": "a", "line": 1, "writes": True, "held": []},
    "second": {"thread": "b", "line": 2, "writes": False, "held": ["lock"]},
    "wrong_locks": False,
}
READY = {"kind": "ready"}
RUN = {
    "kind": "run",
    "outcome": "finished",
    "value": ["dict", [["a", ["list", [1, 2.5, None]]], ["b", ["tuple", []]]]],
    "error": None,
    "duration": 3_000_000_000,
    "output": "text",
    "points": 5,
    "calls": [
        {"name": "fetch", "tag": "A", "lane": "w", "thread": 1, "start": 0, "end": 5, "error": ""},
        {"name": "fetch", "tag": "B", "lane": "w", "thread": 1, "start": 5, "end": None, "error": ""},
    ],
    "sleeps": [{"thread": 1, "seconds": 0.5, "line": 3, "in_loop": False}],
    "uncaught": [{"where": "w", "type": "E", "message": "m", "line": 3}],
    "left": [STACK],
    "stuck": [STACK],
    "threads": [{"number": 1, "name": "w", "start": 0, "end": None, "born_at": 2, "waits": [[3, 7]]}],
    "choices": [[1, 2, 0]],
    "trace": [[0, 1, "block", 1, ""], [5, 1, "resume", 1, ""]],
    "sites": [[0, "", ""], [3, "f", "get"]],
    "races": [RACE],
}
END = {"kind": "end", "runs": 1, "bound": -1, "exhausted": False}
RACES = {"kind": "races", "races": [RACE]}
MARK = {"kind": "mark", "name": "begin"}
PROBLEM = {"kind": "problem", "type": "E", "message": "m", "line": 1}
FRAMES = (RUN, END, RACES, MARK, PROBLEM, READY)

# JSON texts that a decoder may stumble over.
STONES = (
    *(
        "NaN",
        "-Infinity",
        "1e999",
        "-1e999",
        "1" * 400,
        "1" * 5000,
        "-" + "9" * 30,
        "18446744073709551615",
        "-1",
        "0.1",
    ),
    *('"\\ud800"', '"\\u0000"', '"\ufffe\u202e"', "null", "true", "[]", "{}", '""', '{"a":1,"a":2}', "[[[[]]]]"),
    *("[" * 2000 + "]" * 2000, '{"a":' * 500 + "1" + "}" * 500, '["list",[' * 40 + "]]" * 40, '["object","x"]'),
    *('["set",[["list",[]]]]', '["dict",[[["dict",[]],1]]]', "\ufeff1", "'a'", "01", "1 2", ""),
)


def body(fields: dict[str, Any], nonce: str = NONCE) -> bytes:
    """The body of a frame."""
    return json.dumps({"nonce": nonce, **fields}).encode()


def framed(*bodies: bytes) -> bytes:
    """These bodies as a worker sends them."""
    return b"".join(struct.pack(">I", len(each)) + each for each in bodies)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real frame with a few values replaced by stones, keys repeated or dropped, or bytes damaged."""
    fields: Any = json.loads(body(draw(st.sampled_from(FRAMES))))
    stones = []
    for _ in range(draw(st.integers(0, 3))):
        holder, key = draw(st.sampled_from(list(places(fields))))
        change = draw(st.sampled_from(("replace", "replace", "drop", "repeat", "add")))
        if change == "replace":
            stones.append(draw(st.sampled_from(STONES)))
            holder[key] = f"@{len(stones) - 1}@"
        elif change == "drop":
            del holder[key]
        elif isinstance(holder, list):
            holder.extend([holder[key]] * draw(st.integers(1, 20)))
        else:
            holder[f"{key}@again@" if change == "repeat" else "more"] = holder[key]
        if not any(True for _ in places(fields)):
            break
    text = json.dumps(fields).replace("@again@", "")
    for index, stone in enumerate(stones):
        text = text.replace(f'"@{index}@"', stone)
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3)))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        raw[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(raw)


def places(fields: Any) -> Any:
    """All places of a JSON value whose content can be replaced: (list or dict, index or key)."""
    for key in list(fields) if isinstance(fields, dict) else range(len(fields)):
        yield fields, key
        if isinstance(fields[key], dict | list):
            yield from places(fields[key])


@STEADY
@given(st.one_of(mutated(), st.binary(max_size=300), st.text().map(lambda text: text.encode("utf-8", "replace"))))
def test_any_body_is_a_frame_or_a_bad_frame(raw: bytes) -> None:
    """And what is a frame can be read to the end: its value, its length, who waits."""
    try:
        frame = decode(raw, NONCE)
        if isinstance(frame, RunRecord):
            value_of(frame.value)
    except BadFrame:
        return
    assert frame.nonce == NONCE


@STEADY
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just({"a": 1})),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.tuples(st.sampled_from(("list", "tuple", "set", "dict", "object")), st.lists(inner, max_size=3)).map(
                list
            ),
        ),
        max_leaves=12,
    )
)
def test_any_plain_data_is_a_value_or_a_bad_frame(plain: Any) -> None:
    """Keys that have no hash, pairs that are none, numbers without end."""
    try:
        value = value_of(plain)
    except BadFrame:
        return
    repr(value)


@pytest.mark.parametrize("field", ["duration", "points"])
@pytest.mark.parametrize("number", ["1" * 400, "-" + "9" * 30, str(1 << 64)])
def test_a_number_that_no_worker_can_write_is_a_bad_frame(field: str, number: str) -> None:
    """It would be an error in the judge's own arithmetic, and then the grader's fault."""
    with pytest.raises(BadFrame, match="malformed"):
        decode(body({**RUN, field: "@"}).replace(b'"@"', number.encode()), NONCE)


@pytest.mark.parametrize("number", [1 << 62, -(1 << 62), 1 << 63])
def test_a_value_has_no_number_larger_than_workers_write(number: int) -> None:
    """Checks compute with values."""
    assert value_of([*("list",), [number - 1 if number == 1 << 62 else 1]])
    with pytest.raises(BadFrame, match="larger than any worker writes"):
        value_of(["list", [number]])


class Cat:
    """Stands in for a starter: its workers send bytes that a test has chosen, and end."""

    broken = has_gone = False

    def __init__(self, folder: Path, sent: Callable[[str], bytes]) -> None:
        self._file = folder / "sent"
        self._sent = sent

    def meeting_address(self, nonce: str) -> tuple[str, str]:
        """No case here has a meeting."""
        return "", ""

    def ask(self, request: dict[str, Any], meeting: str, descriptor: int) -> Worker:
        """Start the worker."""
        self._file.write_bytes(self._sent(request["nonce"]))
        self._process = subprocess.Popen(["cat", str(self._file)], stdout=descriptor)
        return Worker(self._process.pid, os.pidfd_open(self._process.pid))

    def stop(self) -> int:
        """End the worker."""
        self._process.kill()
        return self._process.wait()


Judge = Callable[[Callable[[str], bytes]], str]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Run a case whose worker sends these bytes, made for its nonce; "" when a check can use its only run."""
    folder = tmp_path_factory.mktemp("cat")
    patch = pytest.MonkeyPatch()
    # The parent of these workers is this process, whose other children count as the case's.
    patch.setattr("course.judge.workers.MOST_CPU_SECONDS", float("inf"))

    def judge(sent: Callable[[str], bytes]) -> str:
        request = {"mode": "simulated"}
        with Case(Cat(folder, sent), request) as case:  # type: ignore[arg-type]
            try:
                explored = collect(case, request)
                runs = list(explored.runs)
                for run in runs:
                    assert run.value is None or run.seconds is not None
            except CheckFailed as failed:
                return failed.got
        return "" if runs else "no run"

    yield judge
    patch.undo()


def whole(nonce: str) -> bytes:
    """A case as it should be."""
    return framed(body(READY, nonce), body(RUN, nonce), body(END, nonce))


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (whole, ""),
        (lambda nonce: whole(nonce) + b"anything", ""),
        (lambda nonce: whole(nonce) + framed(body(RUN, nonce)), ""),
        (lambda nonce: whole(nonce) + framed(body({**END, "runs": 9}, nonce)), ""),
        (lambda nonce: b"", "your code ended the process"),
        (lambda nonce: whole(nonce)[:-1], "your code ended the process"),
        (lambda nonce: whole(nonce)[:2], "your code ended the process"),
        (lambda nonce: struct.pack(">I", 1 << 30), TOO_LARGE),
        (lambda nonce: framed(body(READY, nonce), body(RUN, NONCE), body(END, nonce)), "number of its case"),
        (lambda nonce: framed(body(READY, nonce), body(RUN, nonce), body(END, NONCE)), "number of its case"),
        (lambda nonce: framed(*[body(READY, nonce)] * 2), "in their order"),
        (lambda nonce: framed(body(RUN, nonce), body(END, nonce)), "in their order"),
        (lambda nonce: framed(body(READY, nonce), body({**END, "runs": 5}, nonce)), "more or fewer results"),
        (lambda nonce: framed(body(READY, nonce), *[body(RUN, nonce)] * 2, body(END, nonce)), "more or fewer results"),
        (lambda nonce: framed(body(READY, nonce), *[b""] * 9), "malformed"),
    ],
)
def test_each_stream_has_its_verdict(verdict: Judge, sent: Callable[[str], bytes], got: str) -> None:
    """Half frames, foreign frames, a second end, frames after the end, a length word of a gigabyte."""
    told = verdict(sent)
    assert got in told
    assert bool(got) == bool(told)


@STEADY_AND_SLOW
@given(st.lists(st.one_of(mutated(), st.sampled_from(FRAMES).map(body), st.binary(max_size=9)), max_size=5), st.data())
def test_any_stream_has_a_verdict(verdict: Judge, bodies: list[bytes], data: st.DataObject) -> None:
    """Frames of all kinds in any order, damaged, cut anywhere."""
    stream = framed(body(READY), *bodies)
    cut = data.draw(st.integers(0, len(stream)))
    verdict(lambda nonce: stream[:cut].replace(NONCE.encode(), nonce.encode()))


def filled(field: str, unit: str, before: str = "[", after: str = "]") -> Callable[[str], bytes]:
    """Frames as long as they may be, whose `field` holds as many of `unit` as fit; as many frames as are taken."""

    def sent(nonce: str) -> bytes:
        items = ",".join([unit] * ((LONGEST_FRAME - 3000) // (len(unit.encode()) + 1)))
        frame = body({**RUN, field: "@"}, nonce).replace(b'"@"', f"{before}{items}{after}".encode())
        return framed(body(READY, nonce)) + framed(frame) * (MOST_BYTES // len(frame) + 1)

    return sent


@pytest.mark.parametrize(
    "sent",
    [
        filled("value", "[]"),
        filled("value", "{}"),
        filled("value", '["list",[]]', '["list",[', "]]"),
        filled("schedule", "[]", '{"a":[', "]}"),
        filled("threads", "[0,0]", '[{"number":0,"name":"","start":0,"end":0,"waits":[', "]}]"),
        filled("warned", '"ab"'),
        filled("output", "a" * 1000, '"😀', '"'),
        lambda nonce: framed(body(READY, nonce)) + framed(body({**MARK, "name": "m" * 9}, nonce)) * 400_000,
        lambda nonce: framed(body(READY, nonce)) + framed(body({**RUN, "value": ["list", [[]] * 300]}, nonce)) * 20_000,
    ],
    ids=["lists", "dicts", "values", "schedule", "waits", "texts", "wide text", "marks", "runs"],
)
def test_no_case_takes_more_memory_than_its_cap(verdict: Judge, sent: Callable[[str], bytes]) -> None:
    """Whatever is small as JSON and large as objects."""
    stream = sent("n" * 16)
    replaced = stream.replace  # the copy for the worker is made before the measurement
    copies: list[bytes] = []

    def send(nonce: str) -> bytes:
        copies.append(replaced(b"n" * 16, nonce.encode()))
        tracemalloc.start()
        return copies[0]

    try:
        told = verdict(send)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told
    assert peak < MOST_MEMORY
