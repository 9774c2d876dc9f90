"""A token ring, repaired.

Each station waits until the one before it has the token.
"""

import threading


class Ring:
    def __init__(self):
        self.x1 = self.x2 = self.x3 = 0
        self.first_done, self.second_done = threading.Event(), threading.Event()

    def first(self):
        self.x1 = (self.x3 + 1) % 4
        self.first_done.set()

    def second(self):
        self.first_done.wait()
        self.x2 = self.x1
        self.second_done.set()

    def third(self):
        self.second_done.wait()
        self.x3 = self.x2


def setup():
    return Ring()


def threads(state):
    return [state.first, state.second, state.third]


def holds(state):
    return state.x1 == state.x2 == state.x3
