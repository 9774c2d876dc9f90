"""Two stages under two locks (SCTBench: twostage).

Each stage is guarded, but not the step between them: a reader sees the first stage done and the second not.
"""

import threading

WRITERS = 1


class Stages:
    def __init__(self):
        self.first_lock, self.second_lock = threading.Lock(), threading.Lock()
        self.first = self.second = 0
        self.torn = False

    def write(self):
        with self.first_lock:
            self.first = 1
        with self.second_lock:
            self.second = self.first + 1

    def read(self):
        with self.first_lock:
            first = self.first
            if first == 0:
                return
        with self.second_lock:
            if self.second != first + 1:
                self.torn = True


def setup():
    return Stages()


def threads(state):
    return [state.write] * WRITERS + [state.read]


def holds(state):
    return not state.torn
