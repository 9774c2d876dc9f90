"""`threading`, corner by corner: unmodified programs, exact virtual times."""

import sys

import pytest

from tests.lab.exact import Case, assert_exact
from tests.lab.nursery import Nursery

HEADER = """
import threading, time
from threading import Thread, Timer, current_thread
begin = time.monotonic()
def passed(): return time.monotonic() - begin
def told(function, *args, **kwargs):
    try: return function(*args, **kwargs)
    except Exception as error: return f"{type(error).__name__}: {error}"
"""

NOT_NEGATIVE = "a non-negative number" if sys.version_info >= (3, 13) else "positive"
NOT_ACQUIRED = "RuntimeError: cannot release un-acquired lock"

CASES = {
    "a thread's whole life": Case(
        """
    thread = Thread(target=time.sleep, args=(1,), name="sleeper")
    states = [(thread.is_alive(), thread.ident is None, thread.daemon)]
    thread.start()
    states.append((thread.is_alive(), thread.ident is None, thread in threading.enumerate()))
    thread.join()
    states.append((thread.is_alive(), thread.ident is None, thread in threading.enumerate()))
    return states, thread.name, told(thread.start)""",
        (
            [(False, True, False), (True, False, True), (False, False, False)],
            "sleeper",
            "RuntimeError: threads can only be started once",
        ),
        1,
    ),
    "names are given and counted": Case(
        """
    def work(): pass
    names = [Thread(target=work).name, Thread().name, Thread(name="own").name, Thread(target=work, name="named").name]
    thread = Thread(target=work)
    thread.name = "renamed"
    return names, thread.name, threading.main_thread().name, current_thread() is threading.main_thread()""",
        (["Thread-1 (work)", "Thread-2", "own", "named"], "renamed", "MainThread", True),
    ),
    "join with limits": Case(
        """
    thread = Thread(target=time.sleep, args=(2,))
    thread.start()
    seen = []
    for limit in (0, 0.5, -1, 0.5, None):
        thread.join(limit)
        seen.append((passed(), thread.is_alive()))
    return seen, told(current_thread().join), told(Thread().join)""",
        (
            [(0.0, True), (0.5, True), (0.5, True), (1.0, True), (2.0, False)],
            "RuntimeError: cannot join current thread",
            "RuntimeError: cannot join thread before it is started",
        ),
        2,
    ),
    "a daemon ends with the program": Case(
        """
    heart = []
    def beat():
        while True:
            heart.append(passed())
            time.sleep(1)
    thread = Thread(target=beat, daemon=True)
    thread.start()
    time.sleep(2.5)
    return heart, thread.daemon, threading.active_count(), told(setattr, thread, "daemon", False)""",
        ([0.0, 1.0, 2.0], True, 2, "RuntimeError: cannot set daemon status of active thread"),
        2.5,
    ),
    "daemons are inherited": Case(
        """
    found = []
    def work(): found.append(Thread().daemon)
    for daemon in (True, False):
        thread = Thread(target=work, daemon=daemon)
        thread.start()
        thread.join()
    return found""",
        [True, False],
    ),
    "identities": Case(
        """
    seen = []
    def work():
        me = current_thread()
        known = me in threading.enumerate()
        seen.append((me.ident == threading.get_ident(), me.native_id == threading.get_native_id(), known))
        time.sleep(1)
    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return seen, len({thread.ident for thread in threads}), threading.get_ident() not in {t.ident for t in threads}""",
        ([(True, True, True)] * 3, 3, True),
        1,
    ),
    "a subclass with __init__, run and its own lock": Case(
        """
    class Counter(Thread):
        total, lock = 0, threading.Lock()
        def __init__(self, times):
            super().__init__(name=f"counter {times}", daemon=True)
            self.times = times
        def run(self):
            for _ in range(self.times):
                with Counter.lock:
                    Counter.total += 1
                    time.sleep(0.5)
    counters = [Counter(n) for n in (1, 2, 3)]
    for counter in counters: counter.start()
    for counter in counters: counter.join()
    return Counter.total, [counter.name for counter in counters]""",
        (6, ["counter 1", "counter 2", "counter 3"]),
        3,
    ),
    "a lock's corners": Case(
        """
    lock = threading.Lock()
    found = [lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(timeout=1.5), passed()]
    lock.release()
    found += [lock.locked(), told(lock.release), told(lock.acquire, False, 1), told(lock.acquire, True, -2)]
    return found""",
        [
            True, True, False, False, 1.5, False, "RuntimeError: release unlocked lock",
            "ValueError: can't specify a timeout for a non-blocking call",
            f"ValueError: timeout value must be {NOT_NEGATIVE}",
        ],
        1.5,
    ),
    "a lock may be given back by another thread": Case(
        """
    lock = threading.Lock()
    lock.acquire()
    Timer(2, lock.release).start()
    return lock.acquire(timeout=5), passed()""",
        (True, 2.0),
        2,
    ),
    "an RLock belongs to one thread": Case(
        """
    lock, found = threading.RLock(), []
    def other():
        found.append((lock.acquire(False), lock.acquire(timeout=1), told(lock.release)))
    with lock, lock:
        thread = Thread(target=other)
        thread.start()
        thread.join()
    found.append(told(lock.release))
    return found""",
        [(False, False, NOT_ACQUIRED), NOT_ACQUIRED],
        1,
    ),
    "a condition: wait_for with a limit": Case(
        """
    condition, items = threading.Condition(), []
    def produce():
        for n in range(3):
            time.sleep(1)
            with condition:
                items.append(n)
                condition.notify()
    thread = Thread(target=produce)
    thread.start()
    found = []
    with condition:
        found.append((condition.wait_for(lambda: len(items) == 2, timeout=5), passed()))
        found.append((condition.wait_for(lambda: len(items) > 9, timeout=2.5), passed()))
        found.append((condition.wait(0.5), passed()))
    return found, told(condition.notify), told(condition.wait)""",
        (
            [(True, 2.0), (False, 4.5), (False, 5.0)],
            "RuntimeError: cannot notify on un-acquired lock",
            "RuntimeError: cannot wait on un-acquired lock",
        ),
        5,
    ),
    "a condition wakes as many as it is told": Case(
        """
    condition, woken = threading.Condition(), []
    def wait():
        with condition:
            woken.append(condition.wait(10))
    threads = [Thread(target=wait) for _ in range(4)]
    for thread in threads: thread.start()
    counts = []
    for notify in (condition.notify, lambda: condition.notify(2), condition.notify_all):
        time.sleep(1)
        with condition: notify()
        time.sleep(1)
        counts.append(len(woken))
    for thread in threads: thread.join()
    return counts, woken""",
        ([1, 3, 4], [True] * 4),
        6,
    ),
    "an event set and cleared": Case(
        """
    event, found = threading.Event(), []
    found.append((event.is_set(), event.wait(0), event.wait(0.5), passed()))
    Timer(1, event.set).start()
    found.append((event.wait(9), passed()))
    event.clear()
    found.append((event.wait(0.25), passed()))
    return found""",
        [(False, False, False, 0.5), (True, 1.5), (False, 1.75)],
        1.75,
    ),
    "semaphores": Case(
        """
    semaphore, bounded = threading.Semaphore(2), threading.BoundedSemaphore(1)
    found = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire(blocking=False), semaphore.acquire(timeout=1)]
    semaphore.release(2)
    with bounded: found.append(bounded.acquire(timeout=0.5))
    return found, told(bounded.release), told(threading.Semaphore, -1)""",
        (
            [True, True, False, False, False],
            "ValueError: Semaphore released too many times",
            "ValueError: semaphore initial value must be >= 0",
        ),
        1.5,
    ),
    "a barrier and its action": Case(
        """
    log = []
    barrier = threading.Barrier(3, action=lambda: log.append(passed()))
    def arrive(n):
        time.sleep(n)
        places.append(barrier.wait())
        time.sleep(n)
        barrier.wait()
    places = []
    threads = [Thread(target=arrive, args=(n,)) for n in (1, 2, 4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return log, sorted(places), barrier.parties, barrier.n_waiting, barrier.broken""",
        ([4.0, 8.0], [0, 1, 2], 3, 0, False),
        8,
    ),
    "a barrier breaks": Case(
        """
    barrier, found = threading.Barrier(2, timeout=1), []
    def arrive():
        found.append((told(barrier.wait), barrier.broken, passed()))
    arrive()
    barrier.reset()
    thread = Thread(target=arrive)
    thread.start()
    time.sleep(0.5)
    barrier.abort()
    thread.join()
    found.append(told(barrier.wait))
    return found""",
        [("BrokenBarrierError: ", True, 1.0), ("BrokenBarrierError: ", True, 1.5), "BrokenBarrierError: "],
        1.5,
    ),
    "timers": Case(
        """
    log = []
    timers = [Timer(n, lambda n=n: log.append((n, passed()))) for n in (3, 1, 2)]
    for timer in timers: timer.start()
    timers[0].cancel()
    for timer in timers: timer.join()
    late = Timer(1, log.append, args=["args"], kwargs={})
    late.start()
    late.join()
    late.cancel()
    return log, isinstance(late, Thread)""",
        ([(1, 1.0), (2, 2.0), "args"], True),
        3,
    ),
    "local data and its subclasses": Case(
        """
    class Session(threading.local):
        visits = 0
        def __init__(self, name):
            self.name = name
            made.append(name)
        @property
        def shout(self): return self.name.upper()
    made, seen = [], []
    session = Session("s")
    def work(n):
        session.visits += n
        time.sleep(1)
        seen.append((session.visits, session.shout, sorted(vars(session))))
        del session.visits
    threads = [Thread(target=work, args=(n,)) for n in (1, 2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    session.late = 1
    return sorted(seen), made, session.visits, hasattr(threading.local(), "nothing")""",
        (
            [(1, "S", ["name", "visits"]), (2, "S", ["name", "visits"])],
            ["s"] * 3,
            0,
            False,
        ),
        1,
    ),
    "a program's own excepthook": Case(
        """
    caught = []
    def hook(args):
        caught.append((args.exc_type.__name__, str(args.exc_value), args.thread.name, args.exc_traceback is not None))
    threading.excepthook, before = hook, threading.excepthook
    def fail(): raise ValueError("x")
    thread = Thread(target=fail, name="failing")
    thread.start()
    thread.join()
    def leave(): raise SystemExit
    leaving = Thread(target=leave, name="leaving")
    leaving.start()
    leaving.join()
    threading.excepthook = before
    return caught, threading.excepthook is threading.__excepthook__""",
        ([("ValueError", "x", "failing", True), ("SystemExit", "", "leaving", True)], True),
    ),
    "who is there": Case(
        """
    threads = [Thread(target=time.sleep, args=(n,), name=f"t{n}") for n in (1, 2, 3)]
    for thread in threads: thread.start()
    seen = []
    for _ in range(4):
        seen.append((threading.active_count(), sorted(thread.name for thread in threading.enumerate())))
        time.sleep(1.0 if len(seen) > 1 else 0.5)
    return seen""",
        [
            (4, ["MainThread", "t1", "t2", "t3"]),
            (4, ["MainThread", "t1", "t2", "t3"]),
            (3, ["MainThread", "t2", "t3"]),
            (2, ["MainThread", "t3"]),
        ],
        3.5,
    ),
    "from _thread": Case(
        """
    import _thread
    lock, seen = _thread.allocate_lock(), []
    def work(n, *, by):
        time.sleep(n)
        seen.append(n * by)
        lock.release()
    lock.acquire()
    _thread.start_new_thread(work, (2,), {"by": 3})
    with lock:
        return seen, isinstance(lock, _thread.LockType), threading.TIMEOUT_MAX > 1e6""",
        ([6], True, True),
        2,
    ),
    "tracing and stack sizes are accepted": Case(
        """
    threading.settrace(None)
    threading.setprofile(None)
    return threading.stack_size(), threading.stack_size(1 << 20), threading.gettrace()""",
        (0, 0, None),
    ),
}  # fmt: skip
if sys.version_info >= (3, 14):
    CASES["whether an rlock is locked"] = Case(
        """
    lock, condition = threading.RLock(), threading.Condition()
    found = [lock.locked(), condition.locked()]
    def work():
        with lock, condition: time.sleep(2)
    thread = Thread(target=work)
    thread.start()
    time.sleep(1)
    found += [lock.locked(), condition.locked()]
    thread.join()
    return found, lock.locked()""",
        ([False, False, True, True], False),
        2,
    )
    CASES["the context of a thread"] = Case(
        """
    from contextvars import Context, ContextVar, copy_context
    name, seen = ContextVar("name", default="nobody"), []
    def work(by):
        seen.append((by, name.get()))
        name.set(by)
        time.sleep(1)
        seen.append((by, name.get()))
    name.set("main")
    own = Context()
    threads = [Thread(target=work, args=("a",)), Thread(target=work, args=("b",), context=copy_context()),
               Thread(target=work, args=("c",), context=own)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sorted(seen), name.get(), own[name]""",
        ([("a", "a"), ("a", "nobody"), ("b", "b"), ("b", "main"), ("c", "c"), ("c", "nobody")], "main", "c"),
        1,
    )
if sys.version_info >= (3, 15):
    CASES["one iterator for many threads"] = Case(
        """
    def slowly():
        for n in range(4):
            time.sleep(1)
            yield n
    @threading.synchronized_iterator
    def letters():
        time.sleep(1)
        yield "a"
    def read(iterator): seen.extend(iterator)
    answers = []
    for make in (lambda: [threading.serialize_iterator(slowly())] * 2, lambda: [letters()] * 2,
                 lambda: threading.concurrent_tee(slowly()), lambda: [slowly()] * 2):
        seen = []
        threads = [Thread(target=told, args=(read, iterator)) for iterator in make()]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        answers.append(sorted(seen))
    return answers, passed()""",
        ([[0, 1, 2, 3], ["a"], [0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 3]], 13.0),
        13,
    )


@pytest.mark.parametrize("name", CASES)
def test_threading_is_as_ever_in_virtual_time(nursery: Nursery, name: str) -> None:
    """The answers and the messages of the real library; the lengths to the nanosecond, under every schedule."""
    assert_exact(nursery, HEADER, CASES[name])


def test_an_uncaught_exception_is_told_and_kills_one_thread_only(nursery: Nursery) -> None:
    """The default hook's job, with the thread's name."""
    source = """
import threading
def fail(): raise KeyError("lamp")
def main():
    thread = threading.Thread(target=fail, name="w1")
    thread.start()
    thread.join()
    return thread.is_alive()
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", False)
    assert [(one["where"], one["type"], one["line"]) for one in run["uncaught"]] == [("w1", "KeyError", 3)]


@pytest.mark.parametrize(
    "wait",
    [
        "threading.Event().wait()",
        "threading.Barrier(2).wait()",
        "threading.Semaphore(0).acquire()",
        "lock.acquire() and lock.acquire()",
        "condition.acquire() and condition.wait()",
    ],
)
def test_waiting_for_nobody_is_a_deadlock(nursery: Nursery, wait: str) -> None:
    """Found at once, in no time."""
    source = f"import threading\nlock, condition = threading.Lock(), threading.Condition()\ndef main():\n    {wait}\n"
    run = nursery.run(source)
    assert (run["outcome"], run["duration"]) == ("deadlock", 0)
