"""A world: fresh concurrency modules per run, all in virtual time, and nothing of it left afterwards."""

import subprocess
import sys
from typing import Any

import pytest

from tests.lab.nursery import PLAIN, ChildFailed, Nursery

SECOND = 1_000_000_000
HEADER = "import queue, sched, threading, time\nfrom concurrent import futures\n"

# body of main(), value, seconds
EXACT: dict[str, tuple[str, Any, float]] = {
    "ten sleeping threads": (
        """
    threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(10)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()""",
        None,
        1,
    ),
    "join with a limit": (
        """
    thread = threading.Thread(target=time.sleep, args=(3,))
    thread.start()
    thread.join(1.25)
    return thread.is_alive(), thread.join(), thread.is_alive()""",
        ["tuple", [True, None, False]],
        3,
    ),
    "lock with a limit": (
        """
    lock = threading.Lock()
    with lock:
        return lock.acquire(timeout=0.5), lock.acquire(blocking=False)""",
        ["tuple", [False, False]],
        0.5,
    ),
    "RLock": (
        """
    lock, log = threading.RLock(), []
    def other():
        with lock: log.append(time.monotonic() - start)
    start = time.monotonic()
    with lock, lock:
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(2)
    thread.join()
    return log""",
        ["list", [2.0]],
        2,
    ),
    "Condition": (
        """
    condition, ready = threading.Condition(), []
    def produce():
        time.sleep(1)
        with condition:
            ready.append(1)
            condition.notify_all()
    threading.Thread(target=produce).start()
    with condition:
        return condition.wait_for(lambda: ready, 5), condition.wait(0.5)""",
        ["tuple", [["list", [1]], False]],
        1.5,
    ),
    "Event": (
        """
    event = threading.Event()
    threading.Timer(2, event.set).start()
    return event.wait(0.5), event.wait(), event.is_set()""",
        ["tuple", [False, True, True]],
        2,
    ),
    "Semaphore": (
        """
    semaphore = threading.BoundedSemaphore(2)
    def work():
        with semaphore: time.sleep(1)
    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return semaphore.acquire(timeout=1)""",
        True,
        3,
    ),
    "Barrier": (
        """
    barrier = threading.Barrier(3)
    def arrive(n):
        time.sleep(n)
        barrier.wait()
    threads = [threading.Thread(target=arrive, args=(n,)) for n in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    try: barrier.wait(1)
    except threading.BrokenBarrierError: return "broken\"""",
        "broken",
        3,
    ),
    "Timer": (
        """
    log = []
    late, never = threading.Timer(1.5, log.append, ["late"]), threading.Timer(1, log.append, ["never"])
    late.start(); never.start(); never.cancel(); late.join()
    return log""",
        ["list", ["late"]],
        1.5,
    ),
    "Queue": (
        """
    jobs, done = queue.Queue(1), []
    def work():
        while (job := jobs.get()) is not None:
            time.sleep(job)
            done.append(job)
            jobs.task_done()
    threading.Thread(target=work, daemon=True).start()
    for job in (1, 2): jobs.put(job)
    jobs.join()
    try: jobs.get(timeout=0.5)
    except queue.Empty: return done""",
        ["list", [1, 2]],
        3.5,
    ),
    "all queues": (
        """
    found = []
    for make in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
        jobs = make()
        for n in (2, 3, 1): jobs.put(n)
        found.append([jobs.get() for _ in range(3)])
        try: jobs.get(timeout=1)
        except queue.Empty: pass
    try: queue.Queue(0).get_nowait()
    except queue.Empty: return found""",
        ["list", [["list", [2, 3, 1]], ["list", [1, 3, 2]], ["list", [1, 2, 3]], ["list", [2, 3, 1]]]],
        4,
    ),
    "a log handler that takes its time": (
        """
    import logging
    class Slow(logging.Handler):
        def emit(self, record): time.sleep(1)
    logger = logging.getLogger("shop")
    logger.addHandler(Slow())
    threads = [threading.Thread(target=logger.warning, args=("hello",)) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()""",
        None,
        2,
    ),
    "cached_property": (
        """
    import functools
    class Shop:
        @functools.cached_property
        def prices(self):
            time.sleep(1)
            return {}
    shop = Shop()
    threads = [threading.Thread(target=lambda: shop.prices) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()""",
        None,
        1,
    ),
    "ThreadPoolExecutor": (
        """
    with futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda n: time.sleep(1) or n, range(4)))""",
        ["list", [0, 1, 2, 3]],
        2,
    ),
    "as_completed in time": (
        """
    with futures.ThreadPoolExecutor(3) as pool:
        jobs = {pool.submit(time.sleep, n): n for n in (3, 1, 2)}
        return [jobs[job] for job in futures.as_completed(jobs, timeout=5)]""",
        ["list", [1, 2, 3]],
        3,
    ),
    "as_completed too late": (
        """
    pool = futures.ThreadPoolExecutor(2)
    jobs = {pool.submit(time.sleep, n): n for n in (1, 9)}
    found = []
    try:
        for job in futures.as_completed(jobs, timeout=2.5): found.append(jobs[job])
    except futures.TimeoutError:
        return found, round(time.monotonic() - 1000, 6)""",
        ["tuple", [["list", [1]], 2.5]],
        2.5,
    ),
    "wait and results with limits": (
        """
    pool = futures.ThreadPoolExecutor(2)
    slow, fast = pool.submit(time.sleep, 4), pool.submit(time.sleep, 1)
    done, pending = futures.wait([slow, fast], timeout=2)
    try: slow.result(1)
    except TimeoutError: return len(done), len(pending), fast in done""",
        ["tuple", [1, 1, True]],
        3,
    ),
    "ThreadPool": (
        """
    from multiprocessing.pool import ThreadPool
    from multiprocessing.dummy import Pool
    with ThreadPool(2) as pool:
        first = pool.map(lambda n: time.sleep(1) or n, range(4), chunksize=1)
    with Pool(2) as pool:
        late = pool.apply_async(time.sleep, (5,))
        try: late.get(1)
        except Exception as error: return first, type(error).__name__""",
        ["tuple", [["list", [0, 1, 2, 3]], "TimeoutError"]],
        3,
    ),
    "sched": (
        """
    log, plan = [], sched.scheduler()
    for delay in (2, 1): plan.enter(delay, 1, log.append, (delay,))
    plan.run()
    return log""",
        ["list", [1, 2]],
        2,
    ),
    "thread-local data": (
        """
    local, seen = threading.local(), []
    local.x = "main"
    def work():
        seen.append(hasattr(local, "x"))
        local.x = "other"
    for _ in range(4):
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
    return seen, local.x""",
        ["tuple", [["list", [False] * 4], "main"]],
        0,
    ),
    "context variables": (
        """
    import contextvars
    variable, seen = contextvars.ContextVar("v", default=0), []
    variable.set(5)
    def work():
        seen.append(variable.get())
        variable.set(1)
    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
    return seen, variable.get()""",
        ["tuple", [["list", [0, 0, 0]], 5]],
        0,
    ),
    "names and numbers of threads": (
        """
    def work(): seen.append((threading.current_thread().name, threading.active_count(), threading.get_ident() > 0))
    seen = []
    thread = threading.Thread(target=work, name="w", daemon=True)
    thread.start(); thread.join()
    work()
    return seen, threading.main_thread() is threading.current_thread(), thread.daemon, len(threading.enumerate())""",
        ["tuple", [["list", [["tuple", ["w", 2, True]], ["tuple", ["MainThread", 1, True]]]], True, True, 1]],
        0,
    ),
    "a subclass of Thread": (
        """
    class Worker(threading.Thread):
        def __init__(self): super().__init__(name="own"); self.found = None
        def run(self): time.sleep(1); self.found = self.name
    worker = Worker(); worker.start(); worker.join()
    return worker.found""",
        "own",
        1,
    ),
    "polling": (
        """
    done = []
    threading.Timer(5, done.append, [1]).start()
    while not done: time.sleep(0.5)""",
        None,
        5,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_durations_of_threaded_programs_are_exact(nursery: Nursery, name: str) -> None:
    """The standard library's own code, on virtual time: the same answers, and to the nanosecond the right length."""
    body, value, seconds = EXACT[name]
    run = nursery.run(f"{HEADER}def main():{body}\n")
    assert (run["outcome"], run["error"], run["uncaught"]) == ("finished", None, [])
    assert run["value"] == value
    # as_completed gives up an instant after its deadline
    assert run["duration"] - seconds * SECOND in ((0, 1) if name == "as_completed too late" else (0,))


@pytest.mark.parametrize("name", ["RLock", "Condition", "Queue", "Semaphore", "ThreadPoolExecutor", "ThreadPool"])
def test_durations_are_the_same_under_every_schedule(nursery: Nursery, name: str) -> None:
    """Whoever goes first, computing costs no time."""
    body, value, seconds = EXACT[name]
    schedules = [{"strategy": "random-walk", "seed": seed} for seed in range(15)]
    for run in nursery.runs(f"{HEADER}def main():{body}\n", schedules=schedules):
        assert (run["outcome"], run["value"], run["duration"]) == ("finished", value, seconds * SECOND)


# --- fresh, and gone afterwards ---------------------------------------------------------------------------------------

EVERYTHING = """
import _thread, asyncio, concurrent.futures.thread, queue, sched, threading, time, _threading_local
import multiprocessing.pool, multiprocessing.dummy
import logging
def main():
    asyncio.run(asyncio.sleep(1))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(time.sleep, 1).result()
    with multiprocessing.pool.ThreadPool(1) as pool:
        pool.apply(time.sleep, (1,))
    return id(threading)
"""


def leftovers() -> dict[str, Any]:
    """What is in `sys.modules` after a run, and whether two runs shared anything."""
    from course.lab.program import Program  # noqa: PLC0415  # in the child only
    from course.lab.simulation import simulate  # noqa: PLC0415  # in the child only
    from course.lab.world import FRESH, OPEN, SWITCHED_OFF  # noqa: PLC0415

    program = Program("program", EVERYTHING, "def scenario(student, lab): return student.main()")
    values = [simulate(program, "scenario", {}, PLAIN, traced=False)[0]["value"] for _ in range(3)]
    names = ("_thread", "time", "program", "scenarios", *SWITCHED_OFF)
    left = [name for name in sys.modules if name in names or name.partition(".")[0] in FRESH]
    try:
        __import__("threading")
        outside = "imported"
    except ImportError as error:
        outside = str(error)
    return {"left": left, "values": values, "open": bool(OPEN), "outside": outside}


def test_nothing_of_a_world_stays_in_sys_modules(nursery: Nursery) -> None:
    """The next run cannot meet what an earlier one has changed."""
    found = nursery.call(leftovers)
    assert found["left"] == []
    assert found["open"] is False
    assert all(isinstance(value, int) for value in found["values"])


def test_outside_a_world_the_concurrency_modules_cannot_be_imported(nursery: Nursery) -> None:
    """A worker that forgot to open a world says so; it does not run in real time by accident."""
    assert "inside an open world only" in nursery.call(leftovers)["outside"]


def test_what_a_program_does_to_a_module_is_gone_in_the_next_run(nursery: Nursery) -> None:
    """Replacing `threading.Lock` or leaving global state changes one run at most."""
    source = """
import threading, queue, asyncio, time
def main():
    before = [hasattr(module, "mark") for module in (threading, queue, asyncio, time)]
    for module in (threading, queue, asyncio, time):
        module.mark = True
    threading.Lock = time.sleep = None
    threading.Thread.start = lambda self: None
    return before
"""
    runs = nursery.runs(source, schedules=[PLAIN] * 3)
    assert [run["value"] for run in runs] == [["list", [False] * 4]] * 3


def test_exceptions_are_the_ones_that_programs_catch(nursery: Nursery) -> None:
    """`except` in student code names the classes that the world's modules raise."""
    source = """
import asyncio, concurrent.futures, queue, threading
def name_of(function, kind):
    try: function()
    except kind: return True
def main():
    cancelled = concurrent.futures.Future()
    cancelled.cancel()
    return [
        name_of(lambda: queue.Queue().get_nowait(), queue.Empty),
        name_of(lambda: queue.SimpleQueue().get_nowait(), queue.Empty),
        name_of(lambda: [full.put_nowait(n) for full in [queue.Queue(1)] for n in (1, 2)], queue.Full),
        name_of(lambda: concurrent.futures.Future().result(0.1), TimeoutError),
        name_of(cancelled.result, concurrent.futures.CancelledError),
        name_of(lambda: asyncio.run(asyncio.wait_for(asyncio.sleep(2), 1)), asyncio.TimeoutError),
        name_of(lambda: threading.Thread().join(), RuntimeError),
    ]
"""
    assert nursery.run(source)["value"] == ["list", [True] * 7]


def test_a_program_that_takes_modules_out_of_sys_modules_gets_the_worlds_again(nursery: Nursery) -> None:
    """With the real ones, a queue or a sleep would wait in real time: nobody could run, and nobody would know why."""
    source = """
import sys
def main():
    found = []
    for name in ("_queue", "_thread", "time"):
        module = sys.modules.pop(name)
        found.append(__import__(name) is module)
    for name in ("_asyncio", "greenlet"):
        del sys.modules[name]
        try: __import__(name)
        except ModuleNotFoundError as error: found.append(str(error))
    return found
"""
    missing = ["No module named '_asyncio'", "No module named 'greenlet'"]
    assert nursery.run(source)["value"] == ["list", [True] * 3 + missing]


def test_two_threads_that_show_the_same_thing_both_show_all_of_it(nursery: Nursery) -> None:
    """`repr` writes `...` only where a thing contains itself; the same OS thread runs both."""
    source = """
import collections, dataclasses, threading, time

class Part:
    def __repr__(self):
        time.sleep(1)
        return "part"

@dataclasses.dataclass
class Whole:
    parts: list
    rest: object

def main():
    whole = Whole([Part()], collections.UserDict(part=Part()))
    things = collections.deque([whole])
    shown = []
    threads = [threading.Thread(target=lambda: shown.append(repr(things))) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return shown
"""
    run = nursery.run(source)
    assert run["duration"] == 2_000_000_000  # at the same time, that is
    assert run["value"] == ["list", ["deque([Whole(parts=[part], rest={'part': part})])"] * 3]


def test_two_event_loops_close_their_own_asynchronous_generators(nursery: Nursery) -> None:
    """Which loop a generator belongs to is told by hooks that an interpreter keeps for each OS thread."""
    source = """
import asyncio, threading
closed = []

async def numbers(name):
    try:
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0)
        closed.append((name, threading.current_thread().name))

async def work(name, begin, end):
    await asyncio.sleep(begin)
    iterator = numbers(name)
    await anext(iterator)
    await asyncio.sleep(end - begin)
    kept.append(iterator)

kept = []
def main():
    times = {"first": (2, 3), "second": (1, 4)}
    threads = [
        threading.Thread(target=lambda name=name: asyncio.run(work(name, *times[name])), name=name) for name in times
    ]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sorted(closed)
"""
    run = nursery.run(source)
    assert run["value"] == ["list", [["tuple", ["first", "first"]], ["tuple", ["second", "second"]]]]


def test_pytest_itself_is_never_polluted() -> None:
    """The very process of this test keeps its real modules, although it has asked for many worlds."""
    world = sys.modules.get("course.lab.world")
    assert not any(type(finder).__module__ == "course.lab.world" for finder in sys.meta_path)
    assert world is None or not world.OPEN
    for name in ("threading", "time", "queue"):
        assert getattr(sys.modules[name], "__spec__", None) is not None
    assert type(sys.modules["threading"].Lock()).__module__ == "_thread"
    assert sys.modules["time"].monotonic() != sys.modules["time"].monotonic_ns()


def test_importing_the_engine_hides_nothing() -> None:
    """Only opening a world takes the real modules away."""
    code = "import course.lab.simulation, course.lab.worker, threading, asyncio; print(threading.Lock())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "_thread.lock" in done.stdout


# --- refused ----------------------------------------------------------------------------------------------------------

PROCESS, NETWORK = "starting a process", "a network connection"
REFUSED = {
    "import subprocess; subprocess.run(['true'])": PROCESS,
    "os.system('true')": PROCESS,
    "os.popen('true').read()": PROCESS,
    "os.fork()": PROCESS,
    "os.execv('/bin/true', ['true'])": PROCESS,
    "os.posix_spawn('/bin/true', ['true'], {})": PROCESS,
    "os.spawnl(os.P_WAIT, '/bin/true', 'true')": PROCESS,
    "import pty; pty.fork()": PROCESS,
    "import multiprocessing as m; m.get_context('fork').Process(target=print).start()": PROCESS,
    "import multiprocessing as m; m.get_context('spawn').Process(target=print).start()": PROCESS,
    "import multiprocessing as m; m.Manager()": PROCESS,
    "from concurrent import futures; futures.ProcessPoolExecutor(1).submit(print).result()": PROCESS,
    "import asyncio; asyncio.run(asyncio.create_subprocess_exec('true'))": PROCESS,
    "import asyncio; asyncio.run(asyncio.create_subprocess_shell('true'))": PROCESS,
    "import socket; socket.create_connection(('127.0.0.1', 9))": NETWORK,
    "import socket; socket.socket().bind(('127.0.0.1', 0))": NETWORK,
    "import socket; socket.getaddrinfo('localhost', 80)": NETWORK,
    "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))": NETWORK,
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')": NETWORK,
    "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', 9))": NETWORK,
    "import asyncio; asyncio.run(asyncio.start_server(print, '127.0.0.1', 0))": NETWORK,
}


@pytest.mark.parametrize("statement", REFUSED)
def test_what_cannot_be_simulated_is_refused_by_name(nursery: Nursery, statement: str) -> None:
    """Such a run is no failure of the student's: it says what virtual time cannot follow."""
    run = nursery.run(f"import os\ndef main():\n    {statement}\n")
    assert run["outcome"] == "not_simulated"
    assert run["error"] == {"type": "NotSimulated", "message": REFUSED[statement], "line": 0}


def test_a_swallowed_refusal_is_remembered(nursery: Nursery) -> None:
    """`except Exception` hides nothing; and the next run starts without it."""
    source = """
import os
def main(fork):
    try:
        if fork:
            os.fork()
    except Exception:
        pass
    return True
"""
    scenario = "calls = [0]\ndef scenario(student, lab, fork): return student.main(fork)"
    assert nursery.run(source, scenario, fork=True)["outcome"] == "not_simulated"
    assert nursery.run(source, scenario, fork=False)["outcome"] == "finished"


def test_a_child_that_fails_is_an_error_of_the_test(nursery: Nursery) -> None:
    """The nursery itself: what goes wrong in a child is told, and the next child is a new one."""
    with pytest.raises(ChildFailed, match="SyntaxError"):
        nursery.run("def main(:")
    assert nursery.run("def main(): return 1")["value"] == 1
