"""No verdict comes from anything but the results of the case itself, and these are data (attacks 32, 37 to 39, 80)."""

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.conftest import Attack, AttackEach, AttackFolder
from tests.attacks.submissions import grep, quotes

GUESSED = "the result of the run does not carry the number of its case"
MALFORMED = "the result of the run is malformed"
TOO_LONG = "the result of the run is larger than any result can be"
FRAMES = """
import glob, json, os, re, struct, sys
def found(text):
    return (re.findall("[0-9a-f]{16}", text) or ["0" * 16])[0]

def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""

def frame(nonce, **fields):
    body = json.dumps({"nonce": nonce, **fields}).encode()
    return struct.pack(">I", len(body)) + body

def everywhere(sent):
    for descriptor in range(3, 600):
        try:
            os.write(descriptor, sent)
        except OSError:
            pass
    os._exit(0)
"""


def test_what_is_printed_is_no_result(attack_folder: AttackFolder) -> None:
    """32: neither on the process's own outputs, nor on those of others; nor is it shown where results are."""
    fake = """
::result::{"points": 10, "max_points": 10}
============================= 6 passed in 0.01s ==============================
t01_quotes  Price quotes at once  10 of 10 points
<testsuite tests="6" failures="0"><testcase name="values_and_order"/></testsuite>
{"schema": "course/result/v1", "points": 10, "max_points": 10}
"""
    prints = f"""
import os, sys
FAKE = {fake!r}
def shout():
    print(FAKE, flush=True)
    told = 0
    for write in (sys.stdout.write, sys.__stdout__.write, sys.__stderr__.write):
        told += bool(write(FAKE))
    for place in (0, 1, 2, "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/console", "/proc/1/fd/1"):
        try:
            with open(place, "w", closefd=type(place) is str) as file:
                file.write(FAKE)
            told += 1
        except OSError:
            pass
    return told
"""
    shouts = "raise ValueError(f'printed {shout() >= 3}')"

    def lay_out(folder: Path) -> None:
        (folder / "t01_quotes" / "quotes.py").write_text(quotes(shouts, f"{prints}shout()"))
        (folder / "p13_grep" / "grep.py").write_text(grep(shouts, f"{prints}shout()"))

    result, output = attack_folder(lay_out, "t01", "p13", "t03")
    assert [lesson.points for lesson in result.lessons] == [0, 10, 0]
    assert output.count("ValueError: printed True") >= 2
    assert "6 passed" not in output
    assert "10 of 10 points" not in output


def test_frames_that_are_not_the_cases_own_are_no_result(attack_each: AttackEach) -> None:
    """37, 80: one order, one number for each case, a cap on lengths, a strict schema. None makes the grader broken."""
    end = "runs=1, bound=0, exhausted=True"
    written = {
        r'b"\0\0\0\x08rubbish!" * 9': MALFORMED,
        r'struct.pack(">I", 2) + b"[]"': MALFORMED,
        f'frame(7, kind="end", {end})': MALFORMED,
        'frame("0" * 16, kind="passed", points=10)': MALFORMED,
        f'frame("0" * 16, kind="end", {end}, points=10)': MALFORMED,
        f'frame("", kind="end", {end})': GUESSED,
        'frame("0" * 16, kind="ready")': GUESSED,
        'frame("0" * 16, kind="fault", message="the grader is broken")': GUESSED,
        'frame("0" * 16, kind="problem", type="GraderBroken", message="it is the grader", line=0)': GUESSED,
        r'struct.pack(">I", 1 << 30) + b" " * 99': TOO_LONG,
        r'struct.pack(">I", 99) + b"{}"': "your code ended the process (exit status 0)",
    }
    modules = {each: quotes(f"everywhere({each})", FRAMES) for each in written}
    for each, attacked in attack_each("t01", modules, "values_and_order").items():
        assert attacked.points == 0
        assert written[each] in attacked.said
        assert "the grader is broken" not in attacked.output


def test_nothing_in_sight_is_the_number_of_the_case(attack_each: AttackEach) -> None:
    """37: a right result, first, with every number that a program sees. (Memory is another matter: 83 and 96.)"""
    in_sight = [
        "os.path.basename(os.getcwd())",
        "found(os.path.basename(os.environ.get('COURSE_MEETING', '')))",
        "found(os.path.basename((glob.glob('/run/meetings/*') or [''])[0]))",
        "found(str({**os.environ, 'COURSE_MEETING': ''}))",
        "found(str(sys.argv) + read('/proc/self/cmdline') + read('/proc/self/environ'))",
        "found('')",
    ]
    forges = """
value = ["list", ["re.error"] * 4]
run = frame({}, kind="run", outcome="finished", value=value, error=None, duration=1000, output="")
everywhere(run + frame({}, kind="end", runs=1, bound=-1, exhausted=False))
"""
    modules = {each: grep(forges.format(each, each), FRAMES) for each in in_sight}
    for attacked in attack_each("p13", modules, "bad_pattern_raises_in_caller").values():
        assert attacked.points == 0
        assert GUESSED in attacked.said


# It opens a file for writing where it is unpickled. In the case it is tried once, to be sure that it would run.
PAYLOAD = """
import os, pickle, socket, struct
MARK = "left-behind-by-payload"
class Payload(Exception):
    def __reduce__(self):
        return open, (MARK, "w")
    __reduce_ex__ = lambda self, _: self.__reduce__()
    __getstate__ = __getnewargs__ = lambda self: ()
    __eq__ = lambda *_: True
    __hash__ = lambda self: 7
pickle.loads(pickle.dumps(Payload())).close()
runs = os.path.exists(MARK)
os.remove(MARK)
"""
_unpickled: list[object] = []
_listening: list[bool] = []


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _listening and event == "pickle.find_class":
        _unpickled.append(arguments)


@pytest.fixture
def unpickled() -> Iterator[list[object]]:
    """What this process, which is the judge's, unpickles from now on: CPython tells it (PEP 578)."""
    if not _listening:
        sys.addaudithook(_listen)  # for good; it listens only now
    _listening.append(True)
    pickle.loads(pickle.dumps(len))
    assert _unpickled, "it is heard"
    _unpickled.clear()
    yield _unpickled
    _listening.clear()


def test_the_judge_unpickles_nothing(attack: Attack, attack_each: AttackEach, unpickled: list[object]) -> None:
    """38: a payload as a value, a key, an exception, as frames, and in the words of multiprocessing's own servers."""
    frames = """
for protocol in range(6):
    payload = pickle.dumps(Payload(), protocol)
    for descriptor in range(3, 600):
        try:
            os.write(descriptor, struct.pack(">I", len(payload)) + payload)
        except OSError:
            pass
"""
    modules = {
        "value": quotes("return {**dict.fromkeys(symbols, Payload()), Payload(): [Payload(), (Payload,)]}", PAYLOAD),
        "error": quotes("raise Payload(Payload(), f'it runs: {runs}')", PAYLOAD),
        "frames": quotes(f"{frames}raise ValueError", PAYLOAD),
    }
    results = attack_each("t01", modules, "values_and_order")
    assert "<a Payload>" in results["value"].said
    assert "it runs: True" in results["error"].said
    assert MALFORMED in results["frames"].said
    meeting = """
payload = pickle.dumps(Payload())
for sent in (payload, struct.pack("!i", len(payload)) + payload, b"#WELCOME#" + payload, payload[:150] + b"\\n"):
    with socket.socket(socket.AF_UNIX) as meeting:
        meeting.connect(os.environ["COURSE_MEETING"])
        meeting.sendall(sent)
raise ValueError(f"it runs: {runs}")
"""
    attacked = attack("p13", grep(meeting, PAYLOAD), "equals_serial")
    assert "it runs: True" in attacked.said
    assert {each.points for each in (attacked, *results.values())} == {0}
    assert unpickled == []


def test_data_that_grows_as_it_is_written_ends_the_case(attack: Attack) -> None:
    """39: what is cut is cut in a copy; a value that refers to itself is one that is too deep."""
    wide = """
wide = "x" * 3_000
for _ in range(9):
    wide = [wide] * 5_000
return dict.fromkeys(symbols, wide)
"""
    attacked = attack("t01", quotes(wide), "values_and_order")
    assert "your code has used more than 1 GiB of memory" in attacked.said
