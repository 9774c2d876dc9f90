"""`concurrent.futures`, corner by corner: unmodified programs, exact virtual times."""

import sys

import pytest

from tests.lab.exact import Case, assert_exact
from tests.lab.nursery import Nursery

HEADER = """
import concurrent.futures, threading, time
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, Future, ThreadPoolExecutor
from concurrent.futures import as_completed, wait
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
    "map keeps the order": Case(
        """
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(sleep, (3, 1, 1))), list(pool.map(pow, (2, 3), (3, 2))), passed()""",
        ([3, 1, 1], [8, 9], 3.0),
        3,
    ),
    "map with a limit": Case(
        """
    with ThreadPoolExecutor(2) as pool:
        found, results = [], pool.map(sleep, (1, 5), timeout=2)
        found.append(next(results))
        found.append(told(next, results))
        found.append(passed())
    return found, passed()""",
        ([1, "TimeoutError", 2.0], 5.0),
        5,
    ),
    "an exception in map": Case(
        """
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda n: fail(n) if n == 2 else sleep(n), (1, 2, 1))
        return next(results), told(next, results), told(next, results)""",
        (1, "ValueError: 2", "StopIteration"),
        2,
    ),
    "the states of a future": Case(
        """
    with ThreadPoolExecutor(1) as pool:
        first, second = pool.submit(sleep, 1), pool.submit(sleep, 1)
        time.sleep(0.5)
        states = [(one.running(), one.done(), one.cancelled()) for one in (first, second)]
        states.append((first.cancel(), second.cancel(), second.cancelled()))
        found = [first.result(), first.exception(), told(second.result), told(second.exception), told(first.result, 0)]
    return states, found, passed()""",
        (
            [(True, False, False), (False, False, False), (False, True, True)],
            [1, None, "CancelledError", "CancelledError", 1],
            1.0,
        ),
        1,
    ),
    "result and exception with limits": Case(
        """
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(fail, 2)
        found = [told(job.result, 0.5), told(job.exception, timeout=0.5), passed()]
        found += [told(job.result, 5), type(job.exception()).__name__, passed()]
    return found""",
        ["TimeoutError", "TimeoutError", 1.0, "ValueError: 2", "ValueError", 2.0],
        2,
    ),
    "callbacks": Case(
        """
    seen = []
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as pool:
        job = pool.submit(sleep, 1)
        job.add_done_callback(lambda done: seen.append((done is job, threading.current_thread().name, passed())))
        job.result()
    job.add_done_callback(lambda done: seen.append((done is job, threading.current_thread().name, passed())))
    return seen""",
        [(True, "worker_0", 1.0), (True, "MainThread", 1.0)],
        1,
    ),
    "wait, each way": Case(
        """
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(sleep, 1), pool.submit(fail, 2), pool.submit(sleep, 3), pool.submit(sleep, 4)]
        found = []
        rounds = (FIRST_COMPLETED, None), (FIRST_EXCEPTION, None), (ALL_COMPLETED, 1.5), (ALL_COMPLETED, None)
        for how, limit in rounds:
            done, waiting = wait(jobs, timeout=limit, return_when=how)
            found.append((len(done), len(waiting), passed()))
        found.append([len(part) for part in wait([])])
        return found""",
        [(1, 3, 1.0), (2, 2, 2.0), (3, 1, 3.5), (4, 0, 4.0), [0, 0]],
        4,
    ),
    "as_completed": Case(
        """
    with ThreadPoolExecutor(3) as pool:
        jobs = {pool.submit(sleep, n): n for n in (3, 1, 2)}
        return [(jobs[job], passed()) for job in as_completed(jobs)]""",
        [(1, 1.0), (2, 2.0), (3, 3.0)],
        3,
    ),
    "as_completed in time": Case(
        """
    with ThreadPoolExecutor(3) as pool:
        return [job.result() for job in as_completed([pool.submit(sleep, n) for n in (2, 1)], timeout=2.5)]""",
        [1, 2],
        2,
    ),
    "initializer": Case(
        """
    local, seen = threading.local(), []
    def prepare(x):
        time.sleep(1)
        local.x = x
    with ThreadPoolExecutor(2, initializer=prepare, initargs=("ready",)) as pool:
        return list(pool.map(lambda n: sleep(n) and local.x, (1, 1, 1))), passed()""",
        (["ready"] * 3, 3.0),
        3,
    ),
    "cancel_futures": Case(
        """
    pool = ThreadPoolExecutor(1)
    jobs = [pool.submit(sleep, 1) for _ in range(3)]
    time.sleep(0.5)
    pool.shutdown(wait=True, cancel_futures=True)
    return [job.cancelled() for job in jobs], passed(), told(pool.submit, sleep, 1)""",
        ([False, True, True], 1.0, "RuntimeError: cannot schedule new futures after shutdown"),
        1,
    ),
    "shutdown without waiting": Case(
        """
    pool = ThreadPoolExecutor(1)
    job = pool.submit(sleep, 2)
    pool.shutdown(wait=False)
    return passed(), job.done(), job.result(), passed()""",
        (0.0, False, 2, 2.0),
        2,
    ),
    "an exception leaves the block when the workers have ended": Case(
        """
    def use():
        with ThreadPoolExecutor(2) as pool:
            pool.submit(sleep, 2)
            raise KeyError("k")
    return told(use), passed()""",
        ("KeyError: 'k'", 2.0),
        2,
    ),
    "a pool in a pool's worker": Case(
        """
    def outer(n):
        with ThreadPoolExecutor(2) as inner:
            return sum(inner.map(sleep, (n, n)))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(outer, (1, 2))), passed()""",
        ([2, 4], 2.0),
        2,
    ),
    "workers are started when needed": Case(
        """
    with ThreadPoolExecutor(10) as pool:
        pool.submit(sleep, 1).result()
        pool.submit(sleep, 1).result()
        few = threading.active_count() - 1
        list(pool.map(sleep, [1] * 5))
        return few <= 2, threading.active_count() - 1 <= 6, told(ThreadPoolExecutor, 0)""",
        (True, True, "ValueError: max_workers must be greater than 0"),
        3,
    ),
    "a future of one's own": Case(
        """
    future, seen = Future(), []
    future.add_done_callback(lambda done: seen.append(done.result()))
    threading.Timer(1, lambda: future.set_running_or_notify_cancel() and future.set_result("done")).start()
    found = [told(future.result, 0.5), future.result(2), told(future.set_result, 1).partition(":")[0]]
    other = Future()
    other.set_exception(OSError("broken"))
    return found, seen, told(other.result), concurrent.futures.TimeoutError is TimeoutError""",
        (["TimeoutError", "done", "InvalidStateError"], ["done"], "OSError: broken", True),
        1,
    ),
    "a set of futures has an order of its own": Case(
        """
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(sleep, 1) for _ in range(4)]
        done, _ = wait(jobs)
        return [jobs.index(job) for job in sorted(done, key=jobs.index)], len({*jobs, *jobs})""",
        ([0, 1, 2, 3], 4),
        1,
    ),
}
if sys.version_info >= (3, 14):
    CASES["map with a buffer"] = Case(
        """
    taken = []
    def numbers():
        for n in range(6):
            taken.append((n, passed()))
            yield n
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda n: sleep(1) + n, numbers(), buffersize=2)
        found = [next(results)]
        time.sleep(4)
        found += results
    return found, [moment for _, moment in taken], told(pool.map, sleep, [1], buffersize=0)""",
        ([1, 2, 3, 4, 5, 6], [0.0, 0.0, 0.0, 5.0, 5.0, 5.0], "ValueError: buffersize must be None or > 0"),
        7,
    )


@pytest.mark.parametrize("name", CASES)
def test_futures_are_as_ever_in_virtual_time(nursery: Nursery, name: str) -> None:
    """The answers and the messages of the real library; the lengths to the nanosecond, under every schedule."""
    assert_exact(nursery, HEADER, CASES[name])


def test_an_initializer_that_fails_breaks_the_pool(nursery: Nursery) -> None:
    """As ever: the jobs get `BrokenThreadPool`."""
    source = f"""{HEADER}
from concurrent.futures.thread import BrokenThreadPool
def main():
    pool = ThreadPoolExecutor(1, initializer=fail, initargs=(1,))
    job = pool.submit(sleep, 1)
    try: job.result()
    except BrokenThreadPool: return passed(), told(pool.submit, sleep, 1).partition(":")[0]
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", ["tuple", [1.0, "BrokenThreadPool"]])


def test_a_job_that_waits_for_a_job_behind_it_is_a_deadlock(nursery: Nursery) -> None:
    """One worker, and its job waits for the next one."""
    source = f"""{HEADER}
def main():
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: pool.submit(sleep, 1).result()).result()
"""
    assert nursery.run(source)["outcome"] == "deadlock"
