"""A bounded buffer that tests with `if`, repaired.

Who is woken looks again before taking.
"""

import threading


class Buffer:
    def __init__(self):
        self.items, self.taken = [], []
        self.condition = threading.Condition()

    def put(self):
        for item in (1, 2):
            with self.condition:
                self.items.append(item)
                self.condition.notify()

    def take(self):
        with self.condition:
            while not self.items:
                self.condition.wait()
            self.taken.append(self.items.pop())


def setup():
    return Buffer()


def threads(state):
    return [state.take, state.take, state.put]


def holds(state):
    return sorted(state.taken) == [1, 2]
