"""Sleeps are no order: where the order is free, whoever can run may be kept waiting for longer than others sleep."""

from tests.lab.nursery import PLAIN, Nursery, Schedule

WALKS: list[Schedule] = [{"strategy": "random-walk", "seed": seed} for seed in range(60)]
# Each worker updates the count in a time of its own: in the order of their sleeps, they never meet.
STAGGERED = """
import threading, time
count = 0
def work(number):
    global count
    time.sleep(0.01 * (number + 1))
    {update}
def main():
    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return count, time.monotonic() - start
start = time.monotonic()
"""
RACY = STAGGERED.format(update="read = count\n    count = read + 1")
LOCKED = STAGGERED.format(update="with lock: read = count; count = read + 1") + "lock = threading.Lock()\n"


def counts(nursery: Nursery, source: str, *, any_order: bool) -> set[int]:
    runs = nursery.runs(source, schedules=[PLAIN, *WALKS], any_order=any_order)
    assert {run["outcome"] for run in runs} == {"finished"}
    return {run["value"][1][0] for run in runs}


def test_sleeps_take_exactly_as_long_as_they_say_unless_asked(nursery: Nursery) -> None:
    runs = nursery.runs(RACY, schedules=[PLAIN, *WALKS])
    assert {(run["value"][1][0], round(run["value"][1][1], 6)) for run in runs} == {(3, 0.03)}


def test_a_race_that_sleeps_keep_apart_is_found_in_any_order(nursery: Nursery) -> None:
    assert counts(nursery, RACY, any_order=True) >= {2, 3}


def test_a_right_program_is_right_however_long_it_is_kept_from_running(nursery: Nursery) -> None:
    assert counts(nursery, LOCKED, any_order=True) == {3}


def test_no_sleep_is_shorter_than_it_says(nursery: Nursery) -> None:
    for run in nursery.runs(RACY, schedules=WALKS, any_order=True):
        assert run["value"][1][1] >= 0.03 - 1e-9
        for sleep, thread in zip(run["sleeps"], run["threads"][1:], strict=True):
            assert thread["end"] >= sleep["seconds"] * 1e9 - 1


def test_an_order_of_sleepers_can_be_replayed(nursery: Nursery) -> None:
    for walk in nursery.runs(RACY, schedules=WALKS[:20], any_order=True):
        replay = {"strategy": "deviating", "at": walk["choices"]}
        again = nursery.runs(RACY, schedules=[replay], any_order=True)[0]
        assert (again["value"], again["choices"], again["duration"]) == (
            walk["value"],
            walk["choices"],
            walk["duration"],
        )
