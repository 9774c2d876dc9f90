"""Lost update of a global, repaired.

A lock makes load, add and store one critical section.
"""

import threading

hits = 0
lock = None


def visit():
    global hits
    with lock:
        hits += 1


def setup():
    global hits, lock
    hits = 0
    lock = threading.Lock()


def threads(state):
    return [visit, visit]


def holds(state):
    return hits == 2
