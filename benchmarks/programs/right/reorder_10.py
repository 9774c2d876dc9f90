"""Two writes seen half done, by nine writers, repaired.

Both writes, and both reads, are one critical section.
"""

import threading

WRITERS = 9


class Pair:
    def __init__(self):
        self.lock = threading.Lock()
        self.a, self.b = 0, 0
        self.torn = False

    def write(self):
        with self.lock:
            self.a = 1
            self.b = -1

    def check(self):
        with self.lock:
            if not ((self.a == 0 and self.b == 0) or (self.a == 1 and self.b == -1)):
                self.torn = True


def setup():
    return Pair()


def threads(state):
    return [state.write] * WRITERS + [state.check]


def holds(state):
    return not state.torn
