"""A semaphore that is off by one, repaired.

There are as many permits as connections.
"""

import threading


class Pool:
    def __init__(self):
        self.free = ["first", "second"]
        self.permits = threading.Semaphore(len(self.free))

    def use(self):
        with self.permits:
            connection = self.free.pop()
            self.free.append(connection)


def setup():
    return Pool()


def threads(state):
    return [state.use, state.use, state.use]


def holds(state):
    return sorted(state.free) == ["first", "second"]
