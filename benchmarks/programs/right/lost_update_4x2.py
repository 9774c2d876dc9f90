"""Lost update with four threads that count to two each, repaired.

Each step is a critical section of its own.
"""

import threading


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def count(self):
        for _ in range(2):
            with self.lock:
                value = self.value
                self.value = value + 1


def setup():
    return Counter()


def threads(state):
    return [state.count] * 4


def holds(state):
    return state.value == 8
