"""The short way in which threads start and end is the long way of `threading`, point by point."""

import pytest

from tests.lab.nursery import Nursery

WAYS = """
import threading

class Waiting(threading.Thread):
    def run(self):
        with lock:
            log.append(self.name)

def main(prepare):
    global lock, log
    lock, log = threading.Lock(), []
    def parent():
        child = threading.Thread(target=log.append, args=["child"], name="child")
        prepare(child).start()
        child.join()
        log.append("parent")
    threads = [Waiting(name="first"), threading.Thread(target=parent), Waiting(name="second")]
    for thread in threads:
        prepare(thread).start()
    for thread in threads:
        thread.join()
    return log
"""
SCENARIO = """
import threading

def scenario(student, lab, long_way):
    def prepare(thread):
        if long_way:
            thread._started = threading.Event()
        return thread
    return student.main(prepare)
"""


@pytest.mark.parametrize("search", ["random-walk", "pos", "urw"])
def test_every_schedule_is_what_it_is_with_an_event(nursery: Nursery, search: str) -> None:
    """What each thread decides, at which moment, and what comes of it."""
    schedules = [{"strategy": search, "seed": seed} for seed in range(20)]
    short, long = (nursery.runs(WAYS, SCENARIO, schedules=schedules, long_way=long_way) for long_way in (False, True))
    assert [run["value"] for run in short] == [run["value"] for run in long]
    assert [run["choices"] for run in short] == [run["choices"] for run in long]
    assert len({str(run["value"]) for run in short}) > 1


def test_whoever_has_started_a_thread_knows_what_it_did_before_it_said_so(nursery: Nursery) -> None:
    """That is no data race."""
    source = """
import threading

class Early(threading.Thread):
    def _bootstrap_inner(self):
        self.early = 1
        super()._bootstrap_inner()

def main():
    thread = Early()
    thread.start()
    return thread.early
"""
    run = nursery.run(source, traced=True)
    assert (run["outcome"], run["value"], run["races"]) == ("finished", 1, [])


def test_threads_are_numbered_when_they_are_made(nursery: Nursery) -> None:
    """So that sets of threads keep one order, whichever starts first."""
    source = """
import threading

def main():
    threads = [threading.Thread(name=str(number)) for number in range(9)]
    for thread in reversed(threads):
        thread.start()
    return [thread.name for thread in sorted(threads, key=hash)]
"""
    assert nursery.run(source)["value"] == ["list", [str(number) for number in range(9)]]
