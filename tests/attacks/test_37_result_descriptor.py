"""Attack 37: write first to the results' descriptor, in the right format. A case has a number that nothing shows.

One order of frames, one number for each case, a cap on all lengths and a strict schema: whatever is wrong with what
comes, the case has failed. (A number that is read out of the lab's own memory is another matter: attacks 83 and 96.)
"""

import pytest

from tests.attacks.conftest import Attack

# A case is over with the first wrong number, so each guess is an attack of its own.
IN_SIGHT = {
    "the folder": "os.path.basename(os.getcwd())",
    "the meeting": "os.path.basename(os.environ.get('COURSE_MEETING', '')).partition('.')[0]",
    "the meetings": "os.path.basename((glob.glob('/run/meetings/*') or [''])[0]).partition('.')[0]",
    "the environment": "(found(str({**os.environ, 'COURSE_MEETING': ''})) or [ZEROS])[0]",
    "the arguments": "(found(str(sys.argv) + read('/proc/self/cmdline') + read('/proc/self/environ')) or [ZEROS])[0]",
    "nothing": "ZEROS",
}
FORGES = """
import glob, json, os, re, struct, sys
ZEROS = "0" * 16
def found(text):
    return re.findall("[0-9a-f]{16}", text)

def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""

def plain(value):
    if type(value) in (list, tuple):
        return [type(value).__name__, [plain(item) for item in value]]
    if type(value) is dict:
        return ["dict", [[plain(key), plain(item)] for key, item in value.items()]]
    return value

def frame(nonce, **fields):
    body = json.dumps({"nonce": nonce, **fields}).encode()
    return struct.pack(">I", len(body)) + body

def forge(value):
    run = frame(GUESS, kind="run", outcome="finished", value=plain(value), error=None, duration=1000, output="")
    everywhere(run + frame(GUESS, kind="end", runs=1, bound=-1, exhausted=False))

def everywhere(sent):
    for descriptor in range(3, 600):
        try:
            os.write(descriptor, sent)
        except OSError:
            pass
    os._exit(0)
"""
GREP = """
class BatchFailed(Exception):
    pass
def grep(lines, pattern, workers, chunk):
    forge("re.error" if pattern == "(" else ("value", [line for line in lines if "error" in line]))
def map_chunks(func, items, workers, chunk):
    forge(("value", [item * item for item in items]))
"""
QUOTES = """
def fetch_quotes(symbols, fetch):
    pairs = [(symbol, price) for symbol, price in zip(symbols, (12.5, 99.0, 0.25, 7.75, 31.0))]
    forge({"kind": "value", "value": pairs, "returned_at": 1.0, "threads_left": []})
"""
GUESSED = "the result of the run does not carry the number of its case"
MALFORMED = "the result of the run is malformed"
TOO_LONG = "the result of the run is larger than any result can be"
WRITTEN = {
    "rubbish": (r'b"\0\0\0\x08rubbish!" * 9', MALFORMED),
    "no object": (r'struct.pack(">I", 2) + b"[]"', MALFORMED),
    "no number": ('frame("", kind="end", runs=0, bound=0, exhausted=True)', GUESSED),
    "number of another type": ('frame(7, kind="end", runs=0, bound=0, exhausted=True)', MALFORMED),
    "unknown kind": ('frame("0" * 16, kind="passed", points=10)', MALFORMED),
    "points": ('frame("0" * 16, kind="end", runs=1, bound=0, exhausted=True, points=10)', MALFORMED),
    "out of order": ('frame("0" * 16, kind="ready")', GUESSED),
    "a fault": ('frame("0" * 16, kind="fault", message="the grader is broken")', GUESSED),
    "one gigabyte": (r'struct.pack(">I", 1 << 30) + b" " * 99', TOO_LONG),
    "less than said": (r'struct.pack(">I", 99) + b"{}"', "your code ended the process (exit status 0)"),
}


@pytest.mark.parametrize(
    ("key", "place"), [*(("p13", place) for place in IN_SIGHT), ("t01", "the folder"), ("t01", "nothing")]
)
def test_nothing_in_sight_is_the_number(attack: Attack, key: str, place: str) -> None:
    attacked = attack(key, f"{FORGES}GUESS = {IN_SIGHT[place]}\n{GREP if key == 'p13' else QUOTES}")
    assert attacked.points == 0
    assert GUESSED in attacked.said


@pytest.mark.parametrize("what", WRITTEN)
def test_whatever_is_written_is_no_result(attack: Attack, what: str) -> None:
    written, message = WRITTEN[what]
    attacked = attack("t01", f"{FORGES}\ndef fetch_quotes(symbols, fetch):\n    everywhere({written})\n")
    assert attacked.points == 0
    assert message in attacked.said
