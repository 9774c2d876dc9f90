"""Pools of threads of `multiprocessing`, `multiprocessing.dummy` and `sched`: exact virtual times."""

import pytest

from tests.lab.exact import Case, assert_exact
from tests.lab.nursery import Nursery

HEADER = """
import multiprocessing, multiprocessing.dummy, sched, threading, time
from multiprocessing.pool import ThreadPool
begin = time.monotonic()
def passed(): return time.monotonic() - begin
def told(function, *args, **kwargs):
    try: return function(*args, **kwargs)
    except BaseException as error: return f"{type(error).__name__}: {error}".rstrip(": ")
def sleep(n):
    time.sleep(n)
    return n
def fail(n):
    time.sleep(n)
    raise ValueError(n)
"""

CASES = {
    "map and starmap": Case(
        """
    with ThreadPool(2) as pool:
        return pool.map(sleep, (2, 1, 1), chunksize=1), pool.starmap(pow, [(2, 3), (3, 2)]), passed()""",
        ([2, 1, 1], [8, 9], 2.0),
        2,
    ),
    "chunks belong to one worker": Case(
        """
    with ThreadPool(2) as pool:
        return pool.map(sleep, [1] * 4, chunksize=3), passed()""",
        ([1] * 4, 3.0),
        3,
    ),
    "imap in order, imap_unordered as they come": Case(
        """
    with ThreadPool(3) as pool:
        ordered = [(n, passed()) for n in pool.imap(sleep, (2, 1, 3))]
        return ordered, [(n, passed()) for n in pool.imap_unordered(sleep, (2, 1, 3))]""",
        ([(2, 2.0), (1, 2.0), (3, 3.0)], [(1, 4.0), (2, 5.0), (3, 6.0)]),
        6,
    ),
    "imap's next with a limit": Case(
        """
    with ThreadPool(2) as pool:
        results = pool.imap(sleep, (2,))
        return told(results.next, timeout=0.5), results.next(timeout=5), told(results.next), passed()""",
        ("TimeoutError", 2, "StopIteration", 2.0),
        2,
    ),
    "apply and apply_async": Case(
        """
    with ThreadPool(2) as pool:
        job, bad = pool.apply_async(sleep, (2,)), pool.apply_async(fail, (1,))
        early = told(job.successful).endswith("not ready")
        found = [job.ready(), early, told(job.get, timeout=0.5), job.wait(0.25), passed()]
        found += [pool.apply(sleep, (1,)), told(bad.get), job.get(), bad.successful(), passed()]
    return found""",
        [
            False,
            True,
            "TimeoutError",
            None,
            0.75,
            1,
            "ValueError: 1",
            2,
            False,
            2.0,
        ],
        2,
    ),
    "callbacks": Case(
        """
    seen = []
    with ThreadPool(2) as pool:
        pool.apply_async(sleep, (1,), callback=lambda n: seen.append((n, passed())))
        pool.apply_async(fail, (2,), error_callback=lambda error: seen.append((repr(error), passed())))
        pool.map_async(sleep, (3,), callback=seen.append).wait()
    return seen""",
        [(1, 1.0), ("ValueError(2)", 2.0), [3]],
        4,
    ),
    "close and join": Case(
        """
    pool = ThreadPool(2)
    jobs = pool.map_async(sleep, (1, 1, 1), chunksize=1)
    pool.close()
    refused = told(pool.apply, sleep, (1,))
    pool.join()
    return refused, jobs.get(), passed(), threading.active_count()""",
        ("ValueError: Pool not running", [1, 1, 1], 2.0, 1),
        2,
    ),
    "terminate forgets what has not begun": Case(
        """
    pool, begun = ThreadPool(1), []
    def work(n):
        begun.append(n)
        time.sleep(1)
    pool.map_async(work, range(5), chunksize=1)
    time.sleep(0.5)
    pool.terminate()
    pool.join()
    return begun, passed()""",
        ([0], 1.0),
        1,
    ),
    "initializer": Case(
        """
    seen = []
    with ThreadPool(2, initializer=seen.append, initargs=("ready",)) as pool:
        pool.map(sleep, (1, 1))
    return seen""",
        ["ready", "ready"],
        1,
    ),
    "an exception in map": Case(
        """
    with ThreadPool(2) as pool:
        return told(pool.map, fail, (1, 2), 1), passed()""",
        ("ValueError: 1", 2.0),
        2,
    ),
    "multiprocessing.dummy": Case(
        """
    from multiprocessing.dummy import Lock, Pool, Process, Queue
    jobs, lock = Queue(), Lock()
    def work(n):
        with lock: time.sleep(n)
        jobs.put(n)
    processes = [Process(target=work, args=(n,)) for n in (1, 2)]
    for process in processes: process.start()
    for process in processes: process.join()
    with Pool(3) as pool:
        squares = pool.map(lambda n: sleep(n) ** 2, (1, 2, 3), 1)
    return sorted(jobs.get() for _ in processes), squares, processes[0].exitcode, passed()""",
        ([1, 2], [1, 4, 9], 0, 6.0),
        6,
    ),
    "dummy's pipe, manager and event": Case(
        """
    left, right = multiprocessing.dummy.Pipe()
    event = multiprocessing.dummy.Event()
    def answer():
        left.send(left.recv() + 1)
        event.set()
    multiprocessing.dummy.Process(target=answer).start()
    time.sleep(1)
    right.send(1)
    return event.wait(3), right.recv(), multiprocessing.dummy.Manager().dict(a=1)""",
        (True, 2, {"a": 1}),
        1,
    ),
    "sched": Case(
        """
    log, plan = [], sched.scheduler(time.monotonic, time.sleep)
    plan.enter(2, 1, lambda: log.append(("two", passed())))
    plan.enter(1, 2, log.append, argument=("later",))
    plan.enterabs(begin + 1, 1, log.append, kwargs={}, argument=("first",))
    never = plan.enter(3, 1, log.append, ("never",))
    plan.cancel(never)
    waiting = (plan.empty(), len(plan.queue), plan.run(blocking=False))
    plan.run()
    return waiting, log, plan.empty()""",
        ((False, 3, 1.0), ["first", "later", ("two", 2.0)], True),
        2,
    ),
    "sched with another thread's events": Case(
        """
    log, plan = [], sched.scheduler()
    def again(n):
        log.append((n, passed()))
        if n: plan.enter(0.5, 1, again, (n - 1,))
    plan.enter(0.5, 1, again, (2,))
    thread = threading.Thread(target=plan.run)
    thread.start()
    thread.join()
    return log""",
        [(2, 0.5), (1, 1.0), (0, 1.5)],
        1.5,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_pools_and_schedulers_are_as_ever_in_virtual_time(nursery: Nursery, name: str) -> None:
    """The answers and the messages of the real library; the lengths to the nanosecond, under every schedule."""
    assert_exact(nursery, HEADER, CASES[name])
