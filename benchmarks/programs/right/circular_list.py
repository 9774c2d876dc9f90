"""A circular list that two threads turn, repaired.

A turn is one critical section.
"""

import threading


class Ring:
    def __init__(self):
        self.items = ["a", "b", "c"]
        self.lock = threading.Lock()

    def turn(self):
        with self.lock:
            first = self.items[0]
            del self.items[0]
            self.items.append(first)


def setup():
    return Ring()


def threads(state):
    return [state.turn, state.turn]


def holds(state):
    return state.items == ["c", "a", "b"]
