"""Whole runs: mistakes are found, right programs pass, every run ends, and the same schedule gives the same run."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab import programs
from tests.lab.nursery import PLAIN, Nursery, is_wrong

SECOND = 1_000_000_000
SEEDS = [0, 1, 2, 3, 4]
BUDGET = 60


# --- mistakes are found, right programs pass --------------------------------------------------------------------------


@pytest.mark.parametrize("name", programs.WRONG)
def test_a_classic_mistake_is_found_within_sixty_schedules(nursery: Nursery, name: str) -> None:
    """For each of five seeds; and the plain schedule alone would not have told (but for the lost wake-ups)."""
    for found in nursery.explore(programs.WRONG[name], seeds=SEEDS, budget=BUDGET, until_wrong=True):
        assert is_wrong(found[-1])
        assert len(found) <= BUDGET
        assert found[-1]["outcome"] in ("finished", "deadlock")


@pytest.mark.parametrize("name", programs.RIGHT)
def test_a_right_program_passes_two_hundred_schedules(nursery: Nursery, name: str) -> None:
    """No schedule accuses a program that is right: no deadlock, no wrong value, nothing left behind."""
    (found,) = nursery.explore(programs.RIGHT[name], seeds=[1], budget=200)
    assert found.exhausted or len(found) == 200
    assert [run for run in found if is_wrong(run)] == []
    assert all(run["left"] == run["uncaught"] == run["warned"] == run["stuck"] == [] for run in found)
    assert {run["spins"] for run in found} == {0}
    assert {run["duration"] for run in found} == {0}


def test_exploring_proves_that_a_small_program_has_no_wrong_schedule(nursery: Nursery) -> None:
    """A program with few points is exhausted: each of its schedules has been seen."""
    source = """
import threading
def main():
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    return True
"""
    (found,) = nursery.explore(source, seeds=[1], budget=2_000)
    assert found.exhausted
    assert found.bound >= 2
    assert len(found) < 2_000


def test_the_choices_of_one_deviation_reach_every_order_of_two_threads(nursery: Nursery) -> None:
    """When bound 1 is proved, each place at which one thread can be preempted once has been tried."""
    source = programs.WRONG["lost update"]
    (found,) = nursery.explore(source, seeds=[1], budget=400)
    assert found.bound >= 1
    single = [tuple(run["schedule"]["at"][0]) for run in found if len(run["schedule"].get("at", ())) == 1]
    assert len(single) == len(set(single))
    moments = sorted({moment for thread, moment, _ in single if thread == 1})
    assert moments == list(range(moments[0], moments[-1] + 1))


# --- a deadlock tells its story ---------------------------------------------------------------------------------------


def line_of(source: str, text: str) -> int:
    """The first line with that text, counted from 1."""
    return next(number for number, line in enumerate(source.splitlines(), 1) if text in line)


def test_a_deadlock_names_both_threads_and_who_holds_what(nursery: Nursery) -> None:
    """Each thread with the line at which it waits and the thread that holds what it waits for."""
    source = programs.WRONG["two locks in two orders"]
    (found,) = nursery.explore(source, seeds=[1], budget=BUDGET, until_wrong=True)
    run = found[-1]
    assert run["outcome"] == "deadlock"
    stuck = {one["name"].partition(" ")[0]: one for one in run["stuck"]}
    assert set(stuck) == {"main", "Thread-1", "Thread-2"}
    one, two = stuck["Thread-1"], stuck["Thread-2"]
    inner = line_of(source, "def first") + 2, line_of(source, "def second") + 2
    assert (one["line"], one["function"]) == (inner[0], "first")
    assert (two["line"], two["function"]) == (inner[1], "second")
    assert one["holder"] == two["name"]
    assert two["holder"] == one["name"]
    assert stuck["main"]["called"] == "Thread.join"
    assert all(stack["blocked"] for stack in stuck.values())


def test_a_thread_that_takes_its_own_lock_twice_is_its_own_holder(nursery: Nursery) -> None:
    """A Lock is not an RLock."""
    source = "import threading\ndef main():\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()\n"
    (stack,) = nursery.run(source)["stuck"]
    assert (stack["name"], stack["holder"], stack["line"]) == ("main", "main", 5)


def test_a_waiter_whose_notify_was_lost_waits_for_nobody_in_particular(nursery: Nursery) -> None:
    """`Condition.wait` waits on a lock of its own making, which is no holder to name."""
    (found,) = nursery.explore(programs.WRONG["lost notify"], seeds=[1], budget=BUDGET, until_wrong=True)
    waiter = next(one for one in found[-1]["stuck"] if one["name"] != "main")
    assert (waiter["holder"], waiter["called"]) == ("", "Condition.wait")


@pytest.mark.parametrize(
    "waiting", ["threading.Event().wait()", "lock.acquire()", "queue.Queue().get()", "thread.join()"]
)
def test_main_stuck_beside_a_heartbeat_is_a_deadlock(nursery: Nursery, waiting: str) -> None:
    """A daemon that sleeps for ever has timers for ever; the run still ends, with main where it waits."""
    source = f"""
import queue, threading, time
lock = threading.Lock()
def beat():
    while True:
        time.sleep(1)
def main():
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    lock.acquire()
    {waiting}
"""
    schedules = [PLAIN, {"strategy": "random-walk", "seed": 1}, {"strategy": "pct", "seed": 1, "depth": 3, "length": 9}]
    for run in nursery.runs(source, schedules=schedules):
        assert run["outcome"] == "deadlock"
        assert [one["line"] for one in run["stuck"] if one["name"] == "main"] == [11]


def test_main_that_waits_for_a_heartbeat_that_does_something_has_no_end(nursery: Nursery) -> None:
    """Where threads that count still move, or somebody spins, nobody can say that nothing will ever happen."""
    for daemon, action in ((False, "time.sleep(1)"), (True, "pass")):
        source = f"""
import threading, time
def beat():
    while True:
        {action}
def main():
    threading.Thread(target=beat, daemon={daemon}).start()
    threading.Event().wait()
"""
        assert nursery.run(source)["outcome"] == "no_end"


# --- every run ends ---------------------------------------------------------------------------------------------------


def test_a_busy_wait_is_counted_and_ends(nursery: Nursery) -> None:
    """Spinning on a flag lets the others run, and time pass; a right submission has no spins."""
    source = """
import threading, time
flag = False
def later():
    global flag
    time.sleep(2)
    flag = True
def main():
    threading.Thread(target=later).start()
    while not flag:
        pass
    return True
"""
    schedules = [PLAIN] + [{"strategy": "random-walk", "seed": seed} for seed in range(5)]
    schedules += [{"strategy": "pct", "seed": seed, "depth": 3, "length": 50} for seed in range(5)]
    for run in nursery.runs(source, schedules=schedules):
        assert (run["outcome"], run["value"], run["duration"]) == ("finished", True, 2 * SECOND)
        assert run["spins"] > 0


def test_a_busy_wait_for_a_time_ends(nursery: Nursery) -> None:
    """Nobody else runs and no timer is set: the clock itself has to move."""
    source = "import time\ndef main():\n    end = time.time() + 3\n    while time.time() < end: pass\n    return True\n"
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", True)
    assert run["spins"] > 0
    assert run["duration"] >= 3 * SECOND


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "for _ in itertools.count(): pass", "while True: time.sleep(1)", "f()", "asyncio.run(go())"],
)
def test_an_endless_loop_has_no_end(nursery: Nursery, body: str) -> None:
    """The run is ended after a number of points and told as such, with the line that still runs."""
    source = f"""
import asyncio, itertools, time
def f():
    while True:
        try: time.sleep(1)
        except Exception: continue
async def go():
    while True: await asyncio.sleep(0)
def main():
    {body}
"""
    run = nursery.run(source)
    assert run["outcome"] == "no_end"
    assert run["stuck"][0]["line"] > 0


@pytest.mark.parametrize(
    "action",
    ["time.sleep(1)", "lock.acquire()", "event.wait()", "jobs.get()", "pass", "shared[0] += 1", "time.sleep(0)"],
)
def test_a_thread_that_swallows_everything_does_not_hang_the_runner(nursery: Nursery, action: str) -> None:
    """`except BaseException` in a loop refuses every order to stop; the runner goes on, run after run."""
    source = f"""
import threading, time, queue
lock, event, jobs, shared = threading.Lock(), threading.Event(), queue.Queue(), [0]
lock.acquire()
def stubborn():
    while True:
        try:
            {action}
        except BaseException:
            pass
def main():
    threading.Thread(target=stubborn, daemon=True).start()
    time.sleep(1)
    return True
"""
    for run in nursery.runs(source, schedules=[PLAIN, {"strategy": "random-walk", "seed": 1}, PLAIN]):
        assert (run["outcome"], run["value"]) == ("finished", True)


def test_a_main_thread_that_swallows_everything_does_not_hang_the_runner(nursery: Nursery) -> None:
    """Neither does one that starts threads while it is being stopped."""
    source = """
import threading
lock = threading.Lock()
def main():
    lock.acquire()
    while True:
        try:
            lock.acquire()
        except BaseException:
            try: threading.Thread(target=main).start()
            except BaseException: pass
"""
    assert [run["outcome"] for run in nursery.runs(source, schedules=[PLAIN] * 3)] == ["deadlock"] * 3


def test_an_error_tells_where_it_came_from(nursery: Nursery) -> None:
    """At import and in a call, SystemExit too."""
    found = [
        nursery.run(source)["error"]
        for source in ("x = 1\nraise KeyError(2)\n", "def main():\n    exit(3)\n", "def main():\n    return len(5)\n")
    ]
    assert [(error["type"], error["line"]) for error in found] == [("KeyError", 2), ("SystemExit", 2), ("TypeError", 2)]


def test_what_a_program_prints_is_kept(nursery: Nursery) -> None:
    """Standard output and standard error, cut to a sensible length."""
    source = "import sys\ndef main():\n    print('out')\n    print('err', file=sys.stderr)\n"
    assert nursery.run(source)["output"] == "out\nerr\n"
    assert len(nursery.run("def main():\n    print('x' * 1_000_000)\n")["output"]) <= 20_000


def test_an_exception_in_a_thread_is_told_with_thread_and_line(nursery: Nursery) -> None:
    """It ends that thread only."""
    source = """
import threading
def work():
    raise ValueError("bad")
def main():
    thread = threading.Thread(target=work, name="w")
    thread.start()
    thread.join()
    return True
"""
    run = nursery.run(source)
    assert run["value"] is True
    (uncaught,) = run["uncaught"]
    assert (uncaught["where"], uncaught["type"], uncaught["message"], uncaught["line"]) == ("w", "ValueError", "bad", 4)
    assert uncaught["inside"] == "student"


# --- what runs leave in the process -----------------------------------------------------------------------------------


def many_runs(source: str, scenario: str) -> dict[str, Any]:
    """OS threads and memory of a child over three hundred runs."""
    import gc  # noqa: PLC0415  # in the child only
    import os  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from course.lab.program import Program  # noqa: PLC0415
    from course.lab.simulation import simulate  # noqa: PLC0415

    def measure() -> Iterator[tuple[int, int]]:
        program = Program("program", source, scenario)
        for number in range(300):
            simulate(program, "scenario", {}, {"strategy": "random-walk", "seed": number % 50}, traced=False)
            if number % 20 == 19:
                gc.collect()
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                yield len(os.listdir("/proc/self/task")), pages * os.sysconf("SC_PAGE_SIZE")

    threads, memory = zip(*measure(), strict=True)
    return {"threads": threads, "memory": memory}


EVERY_KIND = """
import asyncio, concurrent.futures, queue, threading
def main():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(pow, range(5), range(5)))
    async def go():
        return await asyncio.gather(*(asyncio.to_thread(pow, n, 2) for n in range(3)))
    return asyncio.run(go())
"""


def test_three_hundred_runs_leave_threads_and_memory_flat(nursery: Nursery) -> None:
    """A case of hundreds of schedules is no heavier at its end than after its first dozens, leftovers included."""
    found = nursery.call(many_runs, source=EVERY_KIND, scenario="def scenario(student, lab): return student.main()")
    assert len(found["threads"]) == 15
    assert max(found["threads"][5:]) <= max(found["threads"][:5])
    assert found["memory"][-1] - found["memory"][4] < 2 << 20


# --- the same schedule is the same run --------------------------------------------------------------------------------

SETS = """
import asyncio, concurrent.futures, random, threading, time
class Shared:
    n = 0
shared, log = Shared(), []
def work(n):
    time.sleep(random.choice([0, 1, 2]))
    shared.n += 1
    log.append((n, threading.current_thread().name, hash("x") % 7, len({"a", "b", n})))
    return n
def main():
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = {pool.submit(work, n) for n in range(6)}
        log.append([job.result() for job in concurrent.futures.as_completed(jobs)])
        done, _ = concurrent.futures.wait({pool.submit(work, n) for n in range(4)})
        log.append([job.result() for job in done])
    for thread in {threading.Thread(target=work, args=(n,)) for n in range(4)}:
        thread.start()
        thread.join(1)
    async def go():
        tasks = {asyncio.create_task(asyncio.to_thread(work, n)) for n in range(4)}
        done, _ = await asyncio.wait(tasks)
        log.append([task.result() for task in done])
        for task in asyncio.as_completed({asyncio.create_task(asyncio.sleep(0, n)) for n in range(4)}):
            log.append(await task)
    asyncio.run(go())
    return list(set("some words in a set of strings".split())), log
"""
SCHEDULES: list[dict[str, Any]] = [
    PLAIN,
    {"strategy": "deviating", "at": [[0, 40, 1], [1, 3, 2], [2, 2, 0]]},
    {"strategy": "random-walk", "seed": 5},
    {"strategy": "pct", "seed": 5, "depth": 3, "length": 80},
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: str(schedule["strategy"]))
def test_the_same_schedule_gives_the_same_run_twenty_times(nursery: Nursery, schedule: dict[str, Any]) -> None:
    """Values, times and the whole trace, in one process."""
    runs = nursery.runs(SETS, schedules=[schedule] * 20, traced=True)
    assert runs[0]["outcome"] == "finished"
    assert len(runs[0]["trace"]) > 100
    assert {json.dumps(run, sort_keys=True) for run in runs} == {json.dumps(runs[0], sort_keys=True)}


def test_the_same_schedule_gives_the_same_run_in_another_process(nursery: Nursery) -> None:
    """A failing schedule can be replayed tomorrow, on its own, in another interpreter."""
    here = nursery.runs(SETS, schedules=SCHEDULES, traced=True)
    others = []
    for _ in range(2):
        other = Nursery()
        try:
            others.append([other.run(SETS, schedule=schedule, traced=True) for schedule in reversed(SCHEDULES)][::-1])
        finally:
            other.close()
    assert json.dumps(others[0]) == json.dumps(here)
    assert json.dumps(others[1]) == json.dumps(here)


def test_an_exploration_is_the_same_every_time(nursery: Nursery) -> None:
    """The judge's seed alone decides which schedules are run."""
    first, again, other = (
        nursery.explore(programs.WRONG["check then act"], seeds=[seed], budget=40)[0] for seed in (3, 3, 4)
    )
    assert list(first) == list(again)
    assert [run["schedule"] for run in first] != [run["schedule"] for run in other]


def test_a_found_failure_can_be_replayed_with_its_trace(nursery: Nursery) -> None:
    """The choices told in the evidence give the same failure, now with the events and the places they name."""
    for name, source in programs.WRONG.items():
        (found,) = nursery.explore(source, seeds=[2], budget=BUDGET, until_wrong=True)
        schedule = {"strategy": "deviating", "at": found[-1]["choices"]}
        again = nursery.run(source, schedule=schedule, traced=True)
        trace, sites = again.pop("trace"), again.pop("sites")
        again.pop("races")
        again.pop("tasks")
        assert again == {**found[-1], "schedule": schedule}, name
        lines = {sites[site][0] for _, _, kind, site, _ in trace if kind == "point" and site}
        assert lines
        assert max(lines) <= len(source.splitlines())
