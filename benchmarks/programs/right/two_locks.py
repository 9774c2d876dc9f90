"""Two locks in two orders (AB/BA), repaired.

Everybody takes the two locks in the same order.
"""

import threading


class Accounts:
    def __init__(self):
        self.a_lock, self.b_lock = threading.Lock(), threading.Lock()
        self.a, self.b = 10, 10

    def a_to_b(self):
        with self.a_lock:
            with self.b_lock:
                self.a, self.b = self.a - 1, self.b + 1

    def b_to_a(self):
        with self.a_lock:
            with self.b_lock:
                self.a, self.b = self.a + 1, self.b - 1


def setup():
    return Accounts()


def threads(state):
    return [state.a_to_b, state.b_to_a]


def holds(state):
    return (state.a, state.b) == (10, 10)
