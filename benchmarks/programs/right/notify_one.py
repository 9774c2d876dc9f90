"""`notify` where `notify_all` is needed, repaired.

All are woken, and each looks for itself whether it can go on.
"""

import threading


class Slot:
    def __init__(self):
        self.items, self.taken = [], []
        self.condition = threading.Condition()

    def put(self):
        for item in (1, 2):
            with self.condition:
                while len(self.items) == 1:
                    self.condition.wait()
                self.items.append(item)
                self.condition.notify_all()

    def take(self):
        with self.condition:
            while not self.items:
                self.condition.wait()
            self.taken.append(self.items.pop())
            self.condition.notify_all()


def setup():
    return Slot()


def threads(state):
    return [state.put, state.take, state.take]


def holds(state):
    return sorted(state.taken) == [1, 2]
