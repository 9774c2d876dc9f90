"""`queue`, corner by corner: unmodified programs, exact virtual times."""

import sys

import pytest

from tests.lab.exact import Case, assert_exact
from tests.lab.nursery import Nursery

HEADER = """
import queue, threading, time
from queue import Empty, Full, Queue
begin = time.monotonic()
def passed(): return time.monotonic() - begin
def told(function, *args, **kwargs):
    try: return function(*args, **kwargs)
    except Exception as error: return f"{type(error).__name__}: {error}".rstrip(": ")
"""

CASES = {
    "a full queue": Case(
        """
    jobs = Queue(maxsize=2)
    found = [jobs.put(1), jobs.put(2), jobs.full(), jobs.qsize(), jobs.empty()]
    found += [told(jobs.put, 3, timeout=1.5), told(jobs.put_nowait, 3), told(jobs.put, 3, block=False), passed()]
    threading.Timer(1, jobs.get).start()
    jobs.put(3, timeout=5)
    return found, passed(), jobs.get(), jobs.get()""",
        ([None, None, True, 2, False, "Full", "Full", "Full", 1.5], 2.5, 2, 3),
        2.5,
    ),
    "an empty queue": Case(
        """
    jobs = Queue()
    found = [told(jobs.get, timeout=0.5), told(jobs.get_nowait), told(jobs.get, False), told(jobs.get, timeout=-1)]
    threading.Timer(2, jobs.put, ["late"]).start()
    return found, jobs.get(timeout=9), passed()""",
        (["Empty", "Empty", "Empty", "ValueError: 'timeout' must be a non-negative number"], "late", 2.5),
        2.5,
    ),
    "orders": Case(
        """
    found = []
    for make in (Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
        jobs = make()
        for job in ((2, "b"), (3, "c"), (1, "a")): jobs.put(job)
        found.append("".join(jobs.get()[1] for _ in range(3)))
    return found""",
        ["bca", "acb", "abc", "bca"],
    ),
    "task_done and join": Case(
        """
    jobs, done = Queue(), []
    def work():
        while True:
            job = jobs.get()
            time.sleep(job)
            done.append((job, passed()))
            jobs.task_done()
    for _ in range(2): threading.Thread(target=work, daemon=True).start()
    for job in (3, 1, 1, 1): jobs.put(job)
    jobs.join()
    return sorted(done), passed(), jobs.unfinished_tasks, told(jobs.task_done)""",
        ([(1, 1.0), (1, 2.0), (1, 3.0), (3, 3.0)], 3.0, 0, "ValueError: task_done() called too many times"),
        3,
    ),
    "a bounded pipeline": Case(
        """
    first, second, third = Queue(1), Queue(1), Queue()
    def stage(source, target, pause):
        for item in iter(source.get, None):
            time.sleep(pause)
            target.put(item * 10)
        target.put(None)
    threads = [threading.Thread(target=stage, args=args) for args in ((first, second, 1), (second, third, 2))]
    for thread in threads: thread.start()
    for n in (1, 2, 3): first.put(n)
    first.put(None)
    for thread in threads: thread.join()
    return list(iter(third.get, None)), passed()""",
        ([100, 200, 300], 7.0),
        7,
    ),
    "a SimpleQueue": Case(
        """
    jobs = queue.SimpleQueue()
    found = [jobs.empty(), told(jobs.get, timeout=1), told(jobs.get_nowait), told(jobs.get, timeout=-1)]
    threading.Timer(1, jobs.put, [1]).start()
    found += [jobs.get(), jobs.put(2, block=True, timeout=0), jobs.put_nowait(3), jobs.qsize(), passed()]
    return found""",
        [True, "Empty", "Empty", "ValueError: 'timeout' must be a non-negative number", 1, None, None, 2, 2.0],
        2,
    ),
    "priorities that cannot be compared": Case(
        """
    jobs = queue.PriorityQueue()
    jobs.put((1, {}))
    return told(jobs.put, (1, {"a": 1})), jobs.get()[0]""",
        ("TypeError: '<' not supported between instances of 'dict' and 'dict'", 1),
    ),
    "a queue of a student's": Case(
        """
    class Unique(Queue):
        def _init(self, maxsize): self.items = []
        def _qsize(self): return len(self.items)
        def _put(self, item):
            if item not in self.items: self.items.append(item)
        def _get(self): return self.items.pop(0)
    jobs = Unique()
    for n in (1, 1, 2): jobs.put(n)
    return jobs.get(), jobs.get(), told(jobs.get, timeout=1)""",
        (1, 2, "Empty"),
        1,
    ),
    "subclasses are caught": Case(
        """
    found = []
    try: Queue().get(timeout=1)
    except queue.Empty as error: found.append(type(error) is Empty)
    try: queue.SimpleQueue().get(timeout=1)
    except Empty: found.append("empty")
    return found""",
        [True, "empty"],
        2,
    ),
}  # fmt: skip
if sys.version_info >= (3, 13):
    CASES["shutdown"] = Case(
        """
    jobs, seen = Queue(2), []
    def work():
        try:
            while True:
                seen.append(jobs.get())
                time.sleep(1)
        except queue.ShutDown: seen.append(("over", passed()))
    thread = threading.Thread(target=work)
    thread.start()
    jobs.put(1)
    jobs.put(2)
    time.sleep(0.5)
    jobs.shutdown()
    refused = told(jobs.put, 3)
    thread.join()
    waiting = threading.Thread(target=lambda: seen.append(told(other.get)))
    other = Queue()
    waiting.start()
    time.sleep(1)
    other.shutdown(immediate=True)
    waiting.join()
    return refused, seen, told(other.get_nowait)""",
        ("ShutDown", [1, 2, ("over", 2.0), "ShutDown"], "ShutDown"),
        3,
    )


@pytest.mark.parametrize("name", CASES)
def test_queues_are_as_ever_in_virtual_time(nursery: Nursery, name: str) -> None:
    """The answers and the messages of the real library; the lengths to the nanosecond, under every schedule."""
    assert_exact(nursery, HEADER, CASES[name])


@pytest.mark.parametrize(
    "wait", ["Queue().get()", "SimpleQueue().get()", "LifoQueue().get(timeout=None)", "full.put(2)"]
)
def test_a_queue_that_nobody_serves_is_a_deadlock(nursery: Nursery, wait: str) -> None:
    """Found at once, in no time."""
    source = f"from queue import *\nfull = Queue(1)\nfull.put(1)\ndef main():\n    {wait}\n"
    run = nursery.run(source)
    assert (run["outcome"], run["duration"]) == ("deadlock", 0)
