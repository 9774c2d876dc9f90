"""Attack 99: start no worker processes, and tell of everything. The judge sees which process calls `func`.

A plain loop in the calling process earns what its results are worth, and no more, whatever it tells of messages. The
judge says what `func` returns, knows what the process that called it had received before, and that a process which was
to die is there no more.

Open: `grep` has no collaborator, so that only the worker tells of its messages: a `grep` that searches in the calling
process and claims messages gets away with it. Children that are forked by hand count as processes, also for "spawn":
two of them that ask in place of `func`, in chunks, earn all points.
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
HONEST_RESULTS = {"equals_serial", "bad_pattern_raises_in_caller", "pattern_not_sent_per_task"}
OF_ONE_CHILD = {"two_processes", "spawn_safe", "dead_worker"}


def passed(attack: Attack, source: str) -> set[str]:
    """The checks that this module passes."""
    return {check.id for check in attack("p13", source).lesson.checks if check.status == "passed"}


def test_a_plain_loop_that_claims_messages_earns_its_results(attack: Attack) -> None:
    assert passed(attack, LOOP.replace("MAPPED", CALLED)) == HONEST_RESULTS


def test_who_asks_the_judge_himself_earns_no_more(attack: Attack) -> None:
    """He gets the answers, but all in the calling process; and nobody has died there."""
    source = (LOOP + ASKED).replace("MAPPED", "mapped(told(func, items, items))")
    assert passed(attack, source) == HONEST_RESULTS


def test_a_child_that_is_forked_by_hand_is_one_process(attack: Attack) -> None:
    """No two meet, and no chunk has come before its items are asked for."""
    source = (LOOP + ASKED).replace("MAPPED", "mapped(by_children(1, func, items, chunk))")
    assert passed(attack, source) == HONEST_RESULTS | OF_ONE_CHILD


def test_two_children_that_do_all_that_the_judge_sees_earn_all(attack: Attack) -> None:
    """Open: that is a pool by other means, and the messages of `grep` are claimed."""
    source = (LOOP + ASKED).replace("MAPPED", "mapped(by_children(2, func, items, chunk, unpacked=True))")
    assert attack("p13", source).points == 10
