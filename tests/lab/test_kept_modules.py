"""Modules that are kept from run to run: whatever a run does to them, the next one meets them as they were."""

import pytest

from tests.lab.nursery import PLAIN, Nursery, Schedule

WALKS: list[Schedule] = [PLAIN, {"strategy": "random-walk", "seed": 1}, {"strategy": "random-walk", "seed": 2}]
# Each first tells what it finds, then changes it: the second run must find the same.
CHANGES = {
    "a name of a module": """
import threading
def main():
    seen = hasattr(threading, 'mine')
    threading.mine = 1
    return seen
""",
    "a function of a module": """
import time
def main():
    before = time.monotonic()
    time.sleep(1)
    passed = time.monotonic() - before
    time.sleep = lambda seconds: None
    return passed
""",
    "a method of a class": """
import threading
def main():
    thread = threading.Thread(target=len, args=((),))
    thread.start()
    alive = hasattr(thread, 'native_id') and thread.name
    threading.Thread.start = lambda self: None
    return alive
""",
    "an attribute that a class did not have": """
import queue
def main():
    seen = hasattr(queue.Queue, 'mine')
    queue.Queue.mine = 1
    return seen
""",
    "a name that was deleted": """
import queue
def main():
    seen = queue.Empty.__name__
    del queue.Empty
    return seen
""",
    "a name that was changed into another": """
import queue
def main():
    names = vars(queue)
    last = list(names)[-1]
    names['mine'] = names.pop(last)
    return last
""",
    "a thing that says it is equal": """
import threading
class Equal:
    def __eq__(self, other):
        return True
def main():
    kind = type(threading.Thread.start).__name__, type(threading.stack_size).__name__
    threading.Thread.start = Equal()
    threading.stack_size = Equal()
    return list(kind)
""",
    "the order of the threads that live": """
import threading
def main():
    first = [*threading._active, *vars(threading.main_thread())][:3]
    threading._active[7] = threading._active.pop(first[0])
    names = vars(threading.main_thread())
    names[first[1]] = names.pop(first[1])
    return first
""",
    "the count of threads": """
import threading
def main():
    return threading.Thread().name
""",
    "the count of pools": """
from concurrent.futures import ThreadPoolExecutor
import threading
def main():
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: threading.current_thread().name).result()
""",
    "the count of tasks": """
import asyncio
async def name():
    return asyncio.current_task().get_name()
def main():
    return asyncio.run(name())
""",
    "the threads that live": """
import threading
def main():
    count = threading.active_count()
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return count
""",
    "a lock that a stopped thread holds": """
import threading
def main():
    free = threading._active_limbo_lock.acquire(blocking=False)
    threading.Thread(target=lambda: threading._active_limbo_lock.acquire(), daemon=True)
    return free
""",
    "hooks": """
import threading
def main():
    old = threading.excepthook.__name__
    threading.excepthook = lambda args: None
    threading.settrace(lambda *args: None)
    return old
""",
    "the handlers of a log": """
import logging
def main():
    count = len(logging.getLogger().handlers), len(logging.root.manager.loggerDict)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger('mine').setLevel('DEBUG')
    return list(count)
""",
    "the policy of event loops": """
import asyncio
class Mine(asyncio.DefaultEventLoopPolicy):
    pass
def main():
    name = type(asyncio.get_event_loop_policy()).__name__
    asyncio.set_event_loop_policy(Mine())
    return name
""",
    "a running loop": """
import asyncio
def main():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    seen = asyncio._get_running_loop() is None
    asyncio._set_running_loop(loop)
    return seen
""",
    "data of a thread": """
import threading, asyncio.events
def main():
    seen = hasattr(asyncio.events._running_loop, 'mine')
    asyncio.events._running_loop.mine = 1
    return seen
""",
    "the virtual date": """
import datetime
def main():
    year = datetime.datetime.now().year
    datetime.datetime.now = lambda: None
    return year
""",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_changes_nothing_for_the_next(nursery: Nursery, change: str) -> None:
    """Three runs in one process find the same; and so does the first run of another process."""
    runs = nursery.runs(CHANGES[change], schedules=WALKS)
    assert [run["outcome"] for run in runs] == ["finished"] * 3
    assert [run["value"] for run in runs] == [runs[0]["value"]] * 3
    assert nursery.run(CHANGES[change])["value"] == runs[0]["value"]


def test_the_first_run_of_a_process_is_like_the_others(nursery: Nursery) -> None:
    """It executes the modules, the others put them back: the evidence is the same to the last detail."""
    source = """
import asyncio, queue, threading
from concurrent.futures import ThreadPoolExecutor, wait
async def ask(number):
    await asyncio.sleep(number)
    return await asyncio.to_thread(pow, number, 2)
async def ask_all():
    return await asyncio.gather(*map(ask, range(3)))
def main():
    done = {pool.submit(pow, n, 2) for pool in [ThreadPoolExecutor(2)] for n in range(4)}
    answers = [future.result() for future in wait(done).done]
    threads = {threading.Thread(target=threading.Event().wait, args=(n,)) for n in range(4)}
    for thread in threads:
        thread.start()
    names = [thread.name for thread in threads]
    return [answers, names, asyncio.run(ask_all())]
"""
    for schedule in WALKS:
        first, second, third = nursery.runs(source, schedules=[schedule] * 3, traced=True)
        assert first == second == third


def test_a_program_may_close_its_output(nursery: Nursery) -> None:
    """The next run has one that is open, and empty."""
    source = "import sys\ndef main():\n    print('hello')\n    sys.stdout.close()\n    return True"
    runs = nursery.runs(source, schedules=WALKS)
    assert [run["value"] for run in runs] == [True] * 3
