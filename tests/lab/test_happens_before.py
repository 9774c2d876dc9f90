"""Races are what nothing orders: every hand-over of the standard library counts, and luck does not."""

from typing import Any

import pytest

from course.lab.happens_before import MOST_RACES, Access, HappensBefore
from tests.lab import programs
from tests.lab.nursery import PLAIN, Nursery

SCHEDULES = [
    PLAIN,
    *({"strategy": "random-walk", "seed": seed} for seed in range(12)),
    *({"strategy": "pct", "seed": seed, "depth": 3, "length": 60} for seed in range(12)),
]


def read(thread: int, site: int = 1) -> Access:
    """A read of some place."""
    return Access(thread, site, False, (), frozenset())


def write(thread: int, site: int = 2) -> Access:
    """A write to some place."""
    return Access(thread, site, True, (), frozenset())


def two_threads() -> HappensBefore:
    """Threads 1 and 2, both started by thread 0."""
    order = HappensBefore()
    order.start(0, 1)
    order.start(0, 2)
    return order


def pairs(order: HappensBefore) -> list[tuple[int, int]]:
    """The sites of the races, in the order of the run."""
    return [(race.first.site, race.second.site) for race in order.races]


# --- the rules --------------------------------------------------------------------------------------------------------


def test_two_accesses_that_nothing_orders_are_a_race_when_one_writes() -> None:
    """In either order of the two; and not when both read."""
    for first, second in ((write(1), read(2)), (read(1), write(2)), (write(1), write(2, site=3))):
        order = two_threads()
        order.access("place", "total", first)
        order.access("place", "total", second)
        assert pairs(order) == [(first.site, second.site)]
        assert order.races[0].name == "total"
    order = two_threads()
    order.access("place", "total", read(1))
    order.access("place", "total", read(2))
    assert order.races == []


def test_different_places_do_not_race() -> None:
    """Two threads may write side by side."""
    order = two_threads()
    order.access(("list", 0), "results[...]", write(1))
    order.access(("list", 1), "results[...]", write(2))
    assert order.races == []


def test_one_thread_does_not_race_with_itself() -> None:
    """Its own steps are ordered."""
    order = HappensBefore()
    order.access("place", "total", write(0))
    order.access("place", "total", read(0))
    assert order.races == []


def test_what_came_before_a_start_is_ordered_and_what_came_after_is_not() -> None:
    """The creator goes on beside the thread that it has started."""
    order = HappensBefore()
    order.access("place", "total", write(0))
    order.start(0, 1)
    order.access("place", "total", write(1, site=3))
    assert order.races == []
    order.access("place", "total", read(0, site=4))
    assert pairs(order) == [(3, 4)]


def test_what_a_thread_did_comes_before_what_follows_its_join() -> None:
    """For whoever joins it, and for nobody else."""
    order = two_threads()
    order.access("place", "total", write(1))
    order.join(0, 1)
    order.access("place", "total", read(0, site=3))
    assert order.races == []
    order.access("place", "total", read(2, site=4))
    assert pairs(order) == [(2, 4)]


def test_a_lock_orders_what_came_before_its_release() -> None:
    """And nothing that its last holder does afterwards."""
    order, lock = two_threads(), object()
    order.acquire(1, lock)
    order.access("place", "total", write(1))
    order.release(1, lock)
    order.access("other", "after", write(1, site=5))
    order.acquire(2, lock)
    order.access("place", "total", write(2, site=3))
    assert order.races == []
    order.access("other", "after", read(2, site=6))
    assert pairs(order) == [(5, 6)]


def test_another_lock_orders_nothing() -> None:
    """Each holds a lock, but not the same one."""
    order, a, b = two_threads(), object(), object()
    for thread, lock in ((1, a), (2, b)):
        order.acquire(thread, lock)
        order.access("place", "total", write(thread, site=thread))
        order.release(thread, lock)
    assert pairs(order) == [(1, 2)]


def test_order_is_handed_on() -> None:
    """From 1 by a lock to 0, and by another to 2."""
    order, a, b = two_threads(), object(), object()
    order.access("place", "total", write(1))
    order.release(1, a)
    order.acquire(0, a)
    order.release(0, b)
    order.acquire(2, b)
    order.access("place", "total", write(2))
    assert order.races == []


def test_a_write_is_compared_with_every_read_since_the_last_write() -> None:
    """Not only with the last read."""
    order = two_threads()
    order.start(0, 3)
    order.access("place", "total", read(1, site=1))
    order.access("place", "total", read(2, site=2))
    order.access("place", "total", write(3, site=3))
    assert pairs(order) == [(1, 3), (2, 3)]


def test_each_pair_of_places_in_the_source_is_told_once() -> None:
    """However often the threads meet there, and in whichever order."""
    order = two_threads()
    for _ in range(5):
        order.access("place", "total", write(1, site=1))
        order.access("place", "total", read(2, site=2))
    assert len(pairs(order)) == 1


def test_a_program_full_of_races_does_not_fill_the_record() -> None:
    """A handful is enough to tell."""
    order = two_threads()
    for site in range(2 * MOST_RACES):
        order.access(site, "total", write(1, site=2 * site))
        order.access(site, "total", write(2, site=2 * site + 1))
    assert len(order.races) == MOST_RACES


# --- whole programs ---------------------------------------------------------------------------------------------------

_START = """
import asyncio, collections, concurrent.futures, queue, threading, time
class Box:
    n = 0
    def __init__(self):
        self.n, self.items, self.lock = 0, [0, 0], threading.Lock()
box = Box()
def start(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads: thread.start()
    return threads
def run(*functions):
    for thread in start(*functions): thread.join()
"""

ORDERED = {
    "start and join": """
def work(): box.n = box.n + 1
def main():
    for n in range(3):
        box.n = n
        run(work)
    return box.n
""",
    "two who join the same thread": """
def work(): box.n = 1
def main():
    thread, = start(work)
    def look():
        thread.join()
        return box.n
    def look_again():
        while thread.is_alive(): time.sleep(0.1)
        return box.n
    run(look, look, look_again, look_again)
""",
    "a lock": """
def work():
    with box.lock: box.n += 1
def other():
    box.lock.acquire()
    try: box.n = box.n + 1
    finally: box.lock.release()
def main(): run(work, other, work)
""",
    "a lock that is taken twice": """
lock = threading.RLock()
def inner():
    with lock: box.n += 1
def work():
    with lock: inner()
def main(): run(work, work)
""",
    "a condition": """
condition = threading.Condition()
def wait():
    with condition:
        while not box.n: condition.wait()
        box.n += 1
def notify():
    with condition:
        box.n = 1
        condition.notify_all()
def main(): run(wait, wait, notify)
""",
    "a queue": """
jobs, done = queue.Queue(1), queue.SimpleQueue()
def produce():
    for n in range(3):
        made = Box()
        made.n = n
        jobs.put(made)
    jobs.put(None)
def consume():
    while (made := jobs.get()) is not None:
        made.n += 1
        done.put(made)
def look():
    for _ in range(3):
        found = done.get()
        found.n = found.n + 1
def main(): run(produce, consume, look)
""",
    "an event": """
event = threading.Event()
def wait():
    event.wait()
    return box.n
def main():
    threads = start(wait, wait)
    box.n = 5
    event.set()
    for thread in threads: thread.join()
""",
    "an event that is asked": """
event = threading.Event()
def ask():
    while not event.is_set(): time.sleep(0.1)
    return box.n
def main():
    threads = start(ask)
    box.n = 5
    event.set()
    for thread in threads: thread.join()
""",
    "a barrier": """
barrier = threading.Barrier(2)
def work(own, other):
    box.items[own] = 1
    barrier.wait()
    return box.items[other]
def main(): run(lambda: work(0, 1), lambda: work(1, 0))
""",
    "a semaphore as a lock": """
gate = threading.Semaphore(1)
def work():
    with gate: box.n += 1
def main(): run(work, work, work)
""",
    "a semaphore as a signal": """
gate = threading.Semaphore(0)
def give():
    box.n = 3
    gate.release()
def take():
    gate.acquire()
    box.n += 1
def main(): run(give, take)
""",
    "a timer": """
def later(): box.n += 1
def main():
    box.n = 1
    timer = threading.Timer(1, later)
    timer.start()
    timer.join()
    return box.n
""",
    "futures": """
def work(made):
    made.n += 1
    return made
def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        made = [Box() for _ in range(3)]
        for one in made: one.n = 1
        total = 0
        for future in concurrent.futures.as_completed([pool.submit(work, one) for one in made]):
            total += future.result().n
        mapped = [one.n for one in pool.map(work, made)]
        done, _ = concurrent.futures.wait([pool.submit(work, one) for one in made])
        return total, [future.result().n for future in done]
""",
    "a future's callback": """
def main():
    event = threading.Event()
    def note(future):
        box.n += future.result().n
        event.set()
    def work():
        made = Box()
        made.n = 1
        return made
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        box.n = 1
        pool.submit(work).add_done_callback(note)
        event.wait()
        return box.n
""",
    "to_thread": """
def work(): box.n += 1
async def go():
    for _ in range(3):
        box.n += 1
        await asyncio.to_thread(work)
    return box.n
def main(): return asyncio.run(go())
""",
    "call_soon_threadsafe": """
async def go():
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    def finish():
        box.n += 1
        done.set()
    def work():
        box.n += 1
        loop.call_soon_threadsafe(finish)
    thread = threading.Thread(target=work)
    thread.start()
    await done.wait()
    box.n += 1
    return box.n
def main(): return asyncio.run(go())
""",
    "tasks of one loop": """
async def add():
    now = box.n
    await asyncio.sleep(0)
    box.n = now + 1
async def go(): await asyncio.gather(add(), add())
def main(): asyncio.run(go())
""",
    "thread-local data": """
local = threading.local()
class Own(threading.local): n = 0
own = Own()
def work():
    local.n = 0
    local.n += 1
    own.n += 1
def main(): run(work, work)
""",
    "different items": """
results, table = [0, 0, 0], {}
def work(n):
    results[n] = n
    results[n] += 1
    results[n - 3] += 1
    table[n] = results[n]
    table[n] += 1
def main(): run(*(lambda n=n: work(n) for n in range(3)))
""",
    "only reads": """
def work(): return box.n, box.items[0]
def main(): run(work, work)
""",
    "names that only look shared": """
total = 0
def count(n):
    total = 0
    for _ in range(n): total += 1
    return total
def declare():
    global total
    total = 5
def counter():
    n = 0
    def add():
        nonlocal n
        n += 1
        return n
    return add
def work():
    count(2)
    add = counter()
    add(), add()
def main():
    declare()
    run(work, work)
""",
    "a property with its own lock": """
class Safe:
    def __init__(self): self._lock, self._n = threading.Lock(), 0
    @property
    def n(self):
        with self._lock: return self._n
    @n.setter
    def n(self, value):
        with self._lock: self._n = value
class SafeDict(dict):
    def __init__(self): self._lock = threading.Lock()
    def __getitem__(self, key):
        with self._lock: return super().__getitem__(key)
    def __setitem__(self, key, value):
        with self._lock: super().__setitem__(key, value)
safe, table = Safe(), SafeDict()
def work():
    safe.n = 1
    table["k"] = 1
    return safe.n, table["k"]
def main(): run(work, work)
""",
}

RACING = {
    "an update": ("def work(): box.n += 1\ndef main(): run(work, work)", {"box.n"}),
    "a read and a write": (
        "def work(): box.n = 1\ndef main():\n    thread, = start(work)\n    box.n\n    thread.join()",
        {"box.n"},
    ),
    "an item": ("def work(): box.items[0] += 1\ndef main(): run(work, work)", {"box.items[...]"}),
    "an item from the end": (
        "def one(): box.items[1] = 1\ndef two(): box.items[-1] = 2\ndef main(): run(one, two)",
        {"box.items[...]"},
    ),
    "a global": (
        "total = 0\ndef work():\n    global total\n    total += 1\ndef main(): run(work, work)",
        {"total"},
    ),
    "a closure": (
        "def main():\n    n = 0\n    def work():\n        nonlocal n\n        n += 1\n    run(work, work)",
        {"n"},
    ),
    "one side without the lock": (
        "def one():\n    with box.lock: box.n += 1\ndef two(): box.n += 1\ndef main(): run(one, two)",
        {"box.n"},
    ),
    "a class's own": (
        "def work(): Box.n += 1\ndef main(): run(work, work)",
        {"Box.n"},
    ),
    "a slot": (
        "class S:\n    __slots__ = ('n',)\ns = S()\ns.n = 0\ndef work(): s.n += 1\ndef main(): run(work, work)",
        {"s.n"},
    ),
    "an event that is set too soon": (
        """
event = threading.Event()
def wait():
    event.wait()
    return box.n
def main():
    threads = start(wait)
    event.set()
    box.n = 5
    for thread in threads: thread.join()
""",
        {"box.n"},
    ),
    "a loop's data from another thread": (
        """
def work(): box.n += 1
async def go():
    thread, = start(work)
    box.n += 1
    await asyncio.to_thread(thread.join)
def main(): asyncio.run(go())
""",
        {"box.n"},
    ),
}


def races(nursery: Nursery, source: str, schedules: list[Any]) -> list[list[Any]]:
    """The races of one run per schedule; each run has come to its end."""
    runs = nursery.runs(source, schedules=schedules, traced=True)
    assert [(run["outcome"], run["error"], run["uncaught"]) for run in runs] == [("finished", None, [])] * len(runs)
    return [run["races"] for run in runs]


@pytest.mark.parametrize("name", ORDERED)
def test_what_is_ordered_is_no_race(nursery: Nursery, name: str) -> None:
    """Under none of 25 schedules."""
    assert [found for found in races(nursery, _START + ORDERED[name], SCHEDULES) if found] == []


@pytest.mark.parametrize("name", RACING)
def test_what_nothing_orders_is_a_race(nursery: Nursery, name: str) -> None:
    """Under every schedule, also the plain one, in which the values come out right."""
    source, expected = RACING[name]
    for found in races(nursery, _START + source, SCHEDULES):
        assert {race["name"] for race in found} == expected
        assert not any(race["wrong_locks"] for race in found)


@pytest.mark.parametrize(
    "work",
    [
        "def one():\n    with a: box.n += 1\ndef two():\n    with b: box.n += 1",
        "def one():\n    a.acquire()\n    box.n += 1\n    a.release()\ndef two():\n    with c: box.n += 1",
        "def one():\n    with d: box.n += 1\ndef two():\n    with c: box.n += 1",
        "def one():\n    with d:\n        d.wait(1)\n        box.n += 1\ndef two():\n    with c: box.n += 1",
    ],
)
def test_two_locks_that_are_not_the_same_are_told_apart_from_none(nursery: Nursery, work: str) -> None:
    """The classic `with threading.Lock():` of one's own; an RLock, a Condition and a Condition's wait count too."""
    source = f"{_START}\na, b, c, d = threading.Lock(), threading.Lock(), threading.RLock(), threading.Condition()\n"
    for found in races(nursery, source + work + "\ndef main(): run(one, two)\n", SCHEDULES):
        assert found
        assert all(race["wrong_locks"] for race in found)


def test_the_lock_that_a_waiter_waits_for_protects_nothing(nursery: Nursery) -> None:
    """`Condition.wait` makes one, and the waiter still has it when it has long left the condition."""
    source = """
lock, condition = threading.Lock(), threading.Condition()
def one():
    with condition: condition.wait(1)
    box.n += 1
def two():
    with lock: box.n += 1
def main(): run(one, two)
"""
    for found in races(nursery, _START + source, SCHEDULES):
        assert not any(race["wrong_locks"] for race in found)


def test_the_inner_locks_of_queues_and_events_are_not_the_students(nursery: Nursery) -> None:
    """The trace tells of locks that the student's own lines take, be it an RLock's or a condition's."""
    source = """
jobs, event, gate, barrier = queue.Queue(), threading.Event(), threading.Semaphore(2), threading.Barrier(1)
lock, again, condition = threading.Lock(), threading.RLock(), threading.Condition()
def main():
    jobs.put(1)
    jobs.get()
    event.set()
    event.wait()
    with gate: barrier.wait()
    run(print)
    with lock: box.n += 1
    with again: box.n += 1
    with condition: condition.wait(1)
"""
    run = nursery.run(_START + source, traced=True)
    names = [run["sites"][site][2] for _, _, kind, site, _ in run["trace"] if kind == "acquire"]
    assert names == ["lock", "again", "condition", "condition.wait"]
    assert len([event for event in run["trace"] if event[2] == "release"]) == len(names)


# Right because a look-up or a store of one name cannot be torn in CPython, and right by intent: not by any order.
BENIGN = {"lazy init with double-checked locking": {"cls._instance"}}


@pytest.mark.parametrize("name", programs.RIGHT)
def test_a_right_program_has_no_race_but_the_benign_one(nursery: Nursery, name: str) -> None:
    """The first look of double-checked locking is taken without the lock."""
    for found in races(nursery, programs.RIGHT[name], SCHEDULES):
        assert {race["name"] for race in found} <= BENIGN.get(name, set())
