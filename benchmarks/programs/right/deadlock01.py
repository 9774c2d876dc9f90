"""Two locks taken and given back by hand, repaired.

Who cannot have the second lock gives the first one back and waits in the agreed order.
"""

import threading


class Counters:
    def __init__(self):
        self.a, self.b = threading.Lock(), threading.Lock()
        self.counter = 1

    def first(self):
        self.a.acquire()
        self.b.acquire()
        self.counter += 1
        self.b.release()
        self.a.release()

    def second(self):
        self.b.acquire()
        if not self.a.acquire(blocking=False):
            self.b.release()
            self.a.acquire()
            self.b.acquire()
        self.counter -= 1
        self.a.release()
        self.b.release()


def setup():
    return Counters()


def threads(state):
    return [state.first, state.second]


def holds(state):
    return state.counter == 1
