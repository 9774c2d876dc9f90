"""Small programs for the engine to judge: each wrong one has a mistake that some schedules show, each right one none.

Each has a `main()` that returns True when all went well.
"""

_ALL_AT_ONCE = """
import threading

def all_at_once(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

WRONG = {
    "lost update": _ALL_AT_ONCE
    + """
class Counter:
    n = 0
    def add(self):
        self.n = self.n + 1

def main():
    counter = Counter()
    all_at_once(counter.add, counter.add)
    return counter.n == 2
""",
    "lost update of a global": _ALL_AT_ONCE
    + """
n = 0
def add():
    global n
    n += 1

def main():
    all_at_once(add, add)
    return n == 2
""",
    "check then act": _ALL_AT_ONCE
    + """
stock = {"lamp": 1}
sold = []
def buy():
    if stock["lamp"] > 0:
        stock["lamp"] -= 1
        sold.append("lamp")

def main():
    all_at_once(buy, buy)
    return len(sold) == 1
""",
    "two locks in two orders": _ALL_AT_ONCE
    + """
a, b = threading.Lock(), threading.Lock()
def first():
    with a:
        with b:
            pass
def second():
    with b:
        with a:
            pass

def main():
    all_at_once(first, second)
    return True
""",
    "lost notify": _ALL_AT_ONCE
    + """
condition = threading.Condition()
def wait():
    with condition:
        condition.wait()
def notify():
    with condition:
        condition.notify()

def main():
    all_at_once(wait, notify)
    return True
""",
    "missing join": """
import threading
def main():
    done = []
    threading.Thread(target=lambda: done.append(True)).start()
    return done == [True]
""",
    "lazy init": _ALL_AT_ONCE
    + """
made = []
class Service:
    _instance = None
    @classmethod
    def get(cls):
        if cls._instance is None:
            made.append(1)
            cls._instance = cls()
        return cls._instance

def main():
    all_at_once(Service.get, Service.get)
    return len(made) == 1
""",
}

RIGHT = {
    "update under a lock": _ALL_AT_ONCE
    + """
class Counter:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()
    def add(self):
        with self.lock:
            self.n = self.n + 1

def main():
    counter = Counter()
    all_at_once(counter.add, counter.add, counter.add)
    return counter.n == 3
""",
    "check and act under one lock": _ALL_AT_ONCE
    + """
lock = threading.RLock()
stock = {"lamp": 1}
sold = []
def buy():
    with lock:
        if stock["lamp"] > 0:
            stock["lamp"] -= 1
            sold.append("lamp")

def main():
    all_at_once(buy, buy)
    return len(sold) == 1
""",
    "two locks in one order": _ALL_AT_ONCE
    + """
a, b = threading.Lock(), threading.Lock()
def both():
    with a:
        with b:
            pass

def main():
    all_at_once(both, both)
    return True
""",
    "notify with a predicate": _ALL_AT_ONCE
    + """
condition = threading.Condition()
ready = False
def wait():
    with condition:
        condition.wait_for(lambda: ready)
def notify():
    global ready
    with condition:
        ready = True
        condition.notify()

def main():
    all_at_once(wait, notify)
    return True
""",
    "join before reading": """
import threading
def main():
    done = []
    thread = threading.Thread(target=lambda: done.append(True))
    thread.start()
    thread.join()
    return done == [True]
""",
    "lazy init with double-checked locking": _ALL_AT_ONCE
    + """
made = []
class Service:
    _instance = None
    _lock = threading.Lock()
    @classmethod
    def get(cls):
        if cls._instance is None:
            with cls._lock:
                if cls._instance is None:
                    made.append(1)
                    cls._instance = cls()
        return cls._instance

def main():
    all_at_once(Service.get, Service.get)
    return len(made) == 1
""",
    "producer and consumers": _ALL_AT_ONCE
    + """
import queue
jobs, results = queue.Queue(2), []
def produce():
    for job in range(4):
        jobs.put(job)
    jobs.put(None)
    jobs.put(None)
def consume():
    while (job := jobs.get()) is not None:
        results.append(job)

def main():
    all_at_once(produce, consume, consume)
    return sorted(results) == [0, 1, 2, 3]
""",
    "a pool": """
from concurrent.futures import ThreadPoolExecutor, as_completed
def main():
    with ThreadPoolExecutor(2) as pool:
        return sorted(f.result() for f in as_completed([pool.submit(pow, n, 2) for n in range(4)])) == [0, 1, 4, 9]
""",
    "tasks": """
import asyncio
async def square(n):
    await asyncio.sleep(0)
    return await asyncio.to_thread(pow, n, 2)
async def all_squares():
    return await asyncio.gather(*(square(n) for n in range(3)))
def main():
    return asyncio.run(all_squares()) == [0, 1, 4]
""",
    "thread-local data": _ALL_AT_ONCE
    + """
local, seen = threading.local(), []
def work():
    seen.append(hasattr(local, "mine"))
    local.mine = True

def main():
    all_at_once(work, work)
    all_at_once(work, work)
    return seen == [False] * 4
""",
}
