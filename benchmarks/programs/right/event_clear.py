"""An event that is cleared too late, repaired.

The event is cleared first, so that what comes later sets it again.
"""

import threading


class Inbox:
    def __init__(self):
        self.arrived = threading.Event()
        self.items, self.taken = [], []

    def produce(self):
        for item in (1, 2):
            self.items.append(item)
            self.arrived.set()

    def consume(self):
        while len(self.taken) < 2:
            self.arrived.wait()
            self.arrived.clear()
            while self.items:
                self.taken.append(self.items.pop(0))


def setup():
    return Inbox()


def threads(state):
    return [state.consume, state.produce]


def holds(state):
    return state.taken == [1, 2]
