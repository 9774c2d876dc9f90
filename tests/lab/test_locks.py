"""A world's locks, queues, threads and clocks speak as the real ones of the running Python version do."""

import re
import threading
from typing import Any

import pytest

from tests.lab.nursery import Nursery

# Each is evaluated in reality and in a world: the value's repr, or the exception's class and message, must be the same.
EXPRESSIONS = (
    "lock, locked, rlock, held, threading.Lock, threading.RLock, type(lock), type(rlock)",
    "threading.Condition(), threading.Condition(threading.Lock()), threading.local()",
    "isinstance(lock, threading.Lock)",
    "lock.release()",
    "rlock.release()",
    "rlock._release_save()",
    "(held._recursion_count(), held._is_owned(), rlock._recursion_count(), rlock._is_owned())",
    *[
        f"{lock}.acquire({arguments})"
        for lock in ("lock", "rlock", "held")
        for arguments in (
            "timeout=None", "timeout='1'", "timeout=1e100", "timeout=-2", "timeout=-0.5", "timeout=float('nan')",
            "timeout=float('inf')", "timeout=threading.TIMEOUT_MAX + 1", "False, 1", "False, -2", "False", "timeout=-1",
            "timeout=0", "timeout=1",
        )
    ],
    "locked.acquire(False), locked.acquire(timeout=0), locked.acquire(timeout=0.001)",
    "time.sleep('1')",
    "time.sleep(-1)",
    "time.sleep(None)",
    "time.sleep(float('nan'))",
    "time.sleep(1e100)",
    "jobs, queue.SimpleQueue, queue.Empty, jobs.qsize(), jobs.empty(), queue.SimpleQueue[int]",
    "jobs.get_nowait()",
    "jobs.get(timeout=0.001)",
    "jobs.get(timeout=-1)",
    "jobs.get(timeout='a')",
    "jobs.get(timeout=1e100)",
    "jobs.get(block=False, timeout=-1)",
    "jobs.put(1), jobs.put_nowait(2), jobs.get(), jobs.get_nowait()",
    "setattr(local, '__dict__', {})",
    "delattr(local, '__dict__')",
    "local.missing",
    "delattr(local, 'missing')",
    "threading.local(1)",
    "_thread.start_new_thread(1, ())",
    "_thread.start_new_thread(print, 1)",
    "_thread.start_new_thread(print, (), 1)",
    "_thread.exit()",
    "_thread.stack_size()",
    "_thread.stack_size('a')",
    "threading.get_ident, threading.get_native_id, _thread.start_new_thread.__module__",
)  # fmt: skip
SETTING = """
import _thread, queue, threading, time
lock, locked, rlock, held = threading.Lock(), threading.Lock(), threading.RLock(), threading.RLock()
locked.acquire()
held.acquire()
jobs, local = queue.SimpleQueue(), threading.local()
"""
WORLD = (
    SETTING
    + """
def main(expression):
    try: return repr(eval(expression, globals()))
    except BaseException as error: return f"{type(error).__name__}: {error}"
"""
)


def plainly(said: str) -> str:
    """What was said without addresses and without the kind of function: a world's are written in Python."""
    said = re.sub(r"0x[0-9a-f]+|owner=\d+", "...", said)
    said = re.sub(r"<built-in function (\w+)>|functools\.partial\(<class '_thread\.lock'>\)", r"<function>", said)
    said = said.replace("'_thread._local'", "'_local'")
    return re.sub(r"<function \w+ at \.\.\.>", "<function>", said)


def in_reality(expression: str) -> str:
    """What the running interpreter says."""
    scope: dict[str, Any] = {}
    exec(SETTING, scope)
    try:
        return repr(eval(expression, scope))
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_world_says_what_the_real_modules_say(nursery: Nursery, expression: str) -> None:
    """Reprs, classes and messages: a student who reads them in a report has read them at home."""
    scenario = "def scenario(student, lab, expression): return student.main(expression)"
    run = nursery.run(WORLD, scenario, expression=expression)
    assert plainly(run["value"]) == plainly(in_reality(expression))


def test_an_rlock_belongs_to_one_thread_and_counts(nursery: Nursery) -> None:
    """Only the holder may take it again; `Condition.wait` gives it back however often it was taken."""
    source = """
import threading
def main():
    lock = threading.RLock()
    condition = threading.Condition(lock)
    log = []
    def other():
        log.append(lock.acquire(blocking=False))
        try: lock.release()
        except RuntimeError as error: log.append(str(error))
        with condition:
            log.append("in")
            condition.notify()
    with lock, lock:
        thread = threading.Thread(target=other)
        thread.start()
        condition.wait()
        log.append(lock._recursion_count())
    thread.join()
    return log, lock._is_owned()
"""
    assert nursery.run(source)["value"] == [
        "tuple", [["list", [False, "cannot release un-acquired lock", "in", 2]], False],
    ]  # fmt: skip


def test_who_waits_for_an_rlock_is_told_with_its_holder(nursery: Nursery) -> None:
    """A deadlock's story needs both."""
    source = """
import threading
def main():
    first, second = threading.RLock(), threading.RLock()
    barrier = threading.Barrier(2)
    def work(mine, other):
        with mine:
            barrier.wait()
            with other: pass
    threads = [threading.Thread(target=work, args=pair, name=name) for name, pair in
               (("ab", (first, second)), ("ba", (second, first)))]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
    run = nursery.run(source)
    assert run["outcome"] == "deadlock"
    holders = {stuck["name"]: stuck["holder"] for stuck in run["stuck"]}
    assert (holders["ab"], holders["ba"]) == ("ba", "ab")


def test_nobody_subclasses_a_lock(nursery: Nursery) -> None:
    """As on real Python, where it is written in C; an RLock may be subclassed."""
    source = """
import threading
def main():
    class Own(threading.RLock().__class__): pass
    with Own() as taken: pass
    try:
        class Wrong(type(threading.Lock())): pass
    except TypeError as error: return taken, str(error)
"""
    assert nursery.run(source)["value"] == ["tuple", [True, "type '_thread.lock' is not an acceptable base type"]]


def test_what_a_thread_kept_for_itself_goes_when_it_ends(nursery: Nursery) -> None:
    """`threading` itself forgets threads that it has not started by that, from 3.13 on."""
    source = """
import threading
log = []
class Kept:
    def __del__(self): log.append("gone")
def main():
    local = threading.local()
    def work():
        local.kept = Kept()
        log.append("set")
    thread = threading.Thread(target=work)
    thread.start(); thread.join()
    return list(log)
"""
    assert nursery.run(source)["value"] == ["list", ["set", "gone"]]


def test_a_busy_wait_on_the_clock_lets_others_go_on(nursery: Nursery) -> None:
    """Code without points, such as a library's, would otherwise keep everybody else out for ever."""
    source = """
import threading
exec("def poll(clock, done):\\n while not done: clock()")
def main():
    import time
    done = []
    threading.Thread(target=lambda: done.append(1)).start()
    poll(time.monotonic, done)
    return True
"""
    assert nursery.run(source)["value"] is True


@pytest.mark.parametrize(
    "wait", ["time.sleep(left)", "lock.acquire(timeout=left)", "event.wait(left)", "asyncio.run(asyncio.sleep(left))"]
)
def test_who_waits_for_the_rest_of_a_time_gets_to_its_end(nursery: Nursery, wait: str) -> None:
    """What floats leave over is less than a nanosecond: if that took no time, the loop would never end."""
    source = f"""
import asyncio, threading, time
def main():
    lock, event, rounds = threading.Lock(), threading.Event(), 0
    lock.acquire()
    for length in (0.1, 0.2, 0.3, 1e-10, 1e-13):
        end = time.monotonic() + length
        while (left := end - time.monotonic()) > 0:
            {wait}
            rounds += 1
    return rounds <= 12
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", True)


def test_reality_still_has_what_these_tests_compare_with() -> None:
    """The pytest process itself keeps its real modules."""
    assert type(threading.Lock()).__module__ == "_thread"
    assert "course" not in repr(threading.RLock())
