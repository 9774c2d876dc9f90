"""A stack with a top that moves after the write, repaired.

A push is one critical section.
"""

import threading


class Stack:
    def __init__(self):
        self.places = [None] * 4
        self.top = 0
        self.lock = threading.Lock()

    def push(self, item):
        with self.lock:
            self.places[self.top] = item
            self.top = self.top + 1


def setup():
    return Stack()


def threads(state):
    return [lambda: state.push("a"), lambda: state.push("b")]


def holds(state):
    return sorted(item for item in state.places if item) == ["a", "b"]
