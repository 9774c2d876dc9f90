"""The wrong lock.

One thread guards the data with one lock, three others with another: that guards nothing (SCTBench: wronglock_3).
"""

import threading


class Shared:
    def __init__(self):
        self.data_lock, self.other_lock = threading.Lock(), threading.Lock()
        self.data = 0
        self.torn = False

    def check(self):
        with self.data_lock:
            before = self.data
            self.data = before + 1
            if self.data != before + 1:
                self.torn = True

    def count(self):
        with self.other_lock:
            self.data += 1


def setup():
    return Shared()


def threads(state):
    return [state.check, state.count, state.count, state.count]


def holds(state):
    return not state.torn
