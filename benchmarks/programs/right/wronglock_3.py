"""The wrong lock, repaired.

All threads guard the data with the same lock.
"""

import threading


class Shared:
    def __init__(self):
        self.data_lock = threading.Lock()
        self.data = 0
        self.torn = False

    def check(self):
        with self.data_lock:
            before = self.data
            self.data = before + 1
            if self.data != before + 1:
                self.torn = True

    def count(self):
        with self.data_lock:
            self.data += 1


def setup():
    return Shared()


def threads(state):
    return [state.check, state.count, state.count, state.count]


def holds(state):
    return not state.torn
