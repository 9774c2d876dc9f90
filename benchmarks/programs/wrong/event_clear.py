"""An event that is cleared too late.

The consumer takes what is there and then clears the event: what came in between is never announced again.
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
            while self.items:
                self.taken.append(self.items.pop(0))
            self.arrived.clear()


def setup():
    return Inbox()


def threads(state):
    return [state.consume, state.produce]


def holds(state):
    return state.taken == [1, 2]
