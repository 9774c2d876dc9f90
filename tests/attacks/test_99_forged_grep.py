"""Attack 99: start no worker processes, and tell of everything. The judge sees who computes, sends and calls `func`.

A plain loop in the calling process earns what its results are worth, and no more, whatever it tells of messages: the
kernel says that the calling process has computed it all, and that nothing was sent. The judge says what `func` returns,
knows what the process that called it had received before, and kills the process that is to die himself.

Open: all that the judge sees of `func` is that worker processes ask him what it returns. Two children that are forked
by hand and ask in its place do what it does, also with "spawn", on which no fork depends. He sees how much is sent, and
not to whom: bytes that decoys send to one another pass for lines.
"""

from tests.attacks.conftest import Attack

# Messages are pickled, and go nowhere: who counts what was pickled has seen them all.
LOOP = r"""
import os
import re
import socket
from multiprocessing.reduction import ForkingPickler

class BatchFailed(Exception):
    pass

def claim(parts):
    for part in parts:
        ForkingPickler.dumps(part)

def grep(lines, pattern, workers, chunk):
    claim(lines[start : start + chunk] for start in range(0, len(lines), chunk))
    return [line for line in lines if re.search(pattern, line)]

def map_chunks(func, items, workers, chunk):
    claim(items[start : start + chunk] for start in range(0, len(items), chunk))
    return MAPPED
"""
CALLED = "[func(item) for item in items]"
# `func` is never called: the judge is asked by those who know what it would ask. TELLS says who that is.
ASKED = r"""
import json

def asked(func, item):
    if func.__name__ == "stay_for_the_last" and item not in (0, 7):
        return item * item
    tag = f"call {item.number}" if func.__name__ == "look_into" else item
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.environ["COURSE_MEETING"])
        connection.sendall(f"{tag}\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()[1:]

def told(func, part, items):
    return [[items.index(item), asked(func, item)] for item in part]

def child(func, part, items, unpacked):
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        return ours
    if unpacked and func.__name__ == "look_into":
        for item in part:
            item.__reduce__()[0](item.number)
    os.write(theirs, json.dumps(told(func, part, items)).encode())
    os._exit(0)

def by_children(count, func, items, chunk, unpacked=False):
    parts = [[item for place, item in enumerate(items) if place // chunk % count == one] for one in range(count)]
    pipes = [child(func, part, items, unpacked) for part in parts]
    return sorted(pair for pipe in pipes for pair in json.loads(os.fdopen(pipe).read()))

def mapped(pairs):
    if "die" in (answer for _, answer in pairs):
        raise BatchFailed
    return [answer for _, answer in pairs]
"""
RESULTS = {"equals_serial", "bad_pattern_raises_in_caller"}
# The one who is killed is not heard of: `child` has written nothing.
KILLED_IS_BATCH_FAILED = """
def by_children(count, func, items, chunk, unpacked=False, forked=by_children):
    try:
        return forked(count, func, items, chunk, unpacked)
    except json.JSONDecodeError:
        raise BatchFailed from None
"""
# Right, and careless: the calling process computes all the time that it waits, without looking at a line.
SPINS = r"""
import re
from concurrent.futures import ProcessPoolExecutor
from functools import partial

class BatchFailed(Exception):
    pass

def has(regex, line):
    return regex.search(line) is not None

def mapped(func, items, workers, chunk):
    parts = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    with ProcessPoolExecutor(workers) as pool:
        futures = [pool.submit(call, func, part) for part in parts]
        while not all(future.done() for future in futures):
            pass
        return [value for future in futures for value in future.result()]

def call(func, part):
    return [func(item) for item in part]

def grep(lines, pattern, workers, chunk):
    hits = mapped(partial(has, re.compile(pattern)), lines, workers, chunk)
    return [line for line, hit in zip(lines, hits) if hit]

def map_chunks(func, items, workers, chunk):
    return mapped(func, items, workers, chunk)
"""
# `grep` computes in the calling process, while two others waste as much time, and bytes go from nobody to nobody.
DECOYS = """
def grep(lines, pattern, workers, chunk):
    re.compile(pattern)
    others = [os.fork() for _ in range(2)]
    if 0 in others:
        ours, theirs = os.pipe()
        for line in lines:
            os.write(theirs, line.encode())
            os.read(ours, len(line))
            re.search(pattern, line)
        os._exit(0)
    claim(lines[start : start + chunk] for start in range(0, len(lines), chunk))
    found = [line for line in lines if re.search(pattern, line)]
    for other in filter(None, others):
        os.waitpid(other, 0)
    return found
"""


def passed(attack: Attack, source: str) -> set[str]:
    """The checks that this module passes."""
    return {check.id for check in attack("p13", source).lesson.checks if check.status == "passed"}


def test_a_plain_loop_that_claims_messages_earns_its_results(attack: Attack) -> None:
    assert passed(attack, LOOP.replace("MAPPED", CALLED)) == RESULTS


def test_a_plain_loop_that_is_killed_is_told_why(attack: Attack) -> None:
    """`func` is to die, and there is no other process that could."""
    failure = attack("p13", LOOP.replace("MAPPED", CALLED)).check("dead_worker").failure
    assert failure is not None
    assert failure.got == "func ran in the calling process"
    assert failure.diagnosis is not None
    assert failure.diagnosis.id == "no_other_process"


def test_who_asks_the_judge_himself_earns_no_more(attack: Attack) -> None:
    """He gets the answers, but all in the calling process; and nobody has died there."""
    source = (LOOP + ASKED).replace("MAPPED", "mapped(told(func, items, items))")
    assert passed(attack, source) == RESULTS


def test_a_child_that_is_forked_by_hand_is_one_process(attack: Attack) -> None:
    """No two meet, and no chunk has come before its items are asked for; `grep` has no process but the caller's."""
    source = (LOOP + ASKED).replace("MAPPED", "mapped(by_children(1, func, items, chunk))")
    assert passed(attack, source) == RESULTS | {"spawn_safe"}


def test_two_children_that_ask_for_what_func_returns_earn_what_they_do(attack: Attack) -> None:
    """They meet, and need no start method; none of them searches, nothing is sent, and a death is not noticed."""
    source = (LOOP + ASKED).replace("MAPPED", "mapped(by_children(2, func, items, chunk, unpacked=True))")
    assert passed(attack, source) == RESULTS | {"processes_meet", "spawn_safe"}


def test_who_notices_a_real_death_has_noticed_it(attack: Attack) -> None:
    """The judge kills; `BatchFailed` comes from the one who has seen it."""
    source = LOOP + ASKED + KILLED_IS_BATCH_FAILED
    source = source.replace("MAPPED", "mapped(by_children(2, func, items, chunk, unpacked=True))")
    assert passed(attack, source) == RESULTS | {"processes_meet", "spawn_safe", "dead_worker"}


def test_decoys_that_compute_do_not_hide_that_the_caller_has(attack: Attack) -> None:
    """The judge reckons himself what a search takes. Bytes that go round in a decoy pass for lines that were sent."""
    source = LOOP + ASKED + DECOYS
    source = source.replace("MAPPED", "mapped(by_children(2, func, items, chunk, unpacked=True))")
    earned = passed(attack, source)
    assert "two_processes" not in earned
    assert earned == RESULTS | {"processes_meet", "spawn_safe", "chunked", "pattern_not_sent_per_task"}


def test_who_tells_of_the_end_before_he_begins_is_found_out(attack: Attack) -> None:
    """The judge looks at what was computed when the scenario tells him, and it does so once."""
    early = LOOP.replace("    return [line for", "    told_over()\n    return [line for", 1) + ASKED
    early += "\ndef told_over():\n    asked(len, 'over')\n"
    source = early.replace("MAPPED", "mapped(by_children(2, func, items, chunk, unpacked=True))")
    assert "two_processes" not in passed(attack, source)


def test_who_spins_while_the_workers_search_loses_nothing_for_it(attack: Attack) -> None:
    """What the workers are told on the way shows that they have searched; `dead_worker` is not what this is about."""
    assert "two_processes" in passed(attack, SPINS)
