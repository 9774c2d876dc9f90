"""Two stages under two locks, repaired.

One lock guards both stages.
"""

import threading

WRITERS = 1


class Stages:
    def __init__(self):
        self.lock = threading.Lock()
        self.first = self.second = 0
        self.torn = False

    def write(self):
        with self.lock:
            self.first = 1
            self.second = self.first + 1

    def read(self):
        with self.lock:
            if self.first != 0 and self.second != self.first + 1:
                self.torn = True


def setup():
    return Stages()


def threads(state):
    return [state.write] * WRITERS + [state.read]


def holds(state):
    return not state.torn
