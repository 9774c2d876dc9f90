"""Two locks taken and given back by hand (SCTBench: deadlock01).

The second thread takes them in the other order.
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
        self.a.acquire()
        self.counter -= 1
        self.a.release()
        self.b.release()


def setup():
    return Counters()


def threads(state):
    return [state.first, state.second]


def holds(state):
    return state.counter == 1
