"""A dictionary that grows while somebody walks through it, repaired.

Who walks and who adds exclude each other.
"""

import threading


class Prices:
    def __init__(self):
        self.prices = {"tea": 3, "milk": 2}
        self.totals = []
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.prices["bread"] = 4

    def sum(self):
        total = 0
        with self.lock:
            for name in self.prices:
                total += self.prices[name]
        self.totals.append(total)


def setup():
    return Prices()


def threads(state):
    return [state.sum, state.add]


def holds(state):
    return state.totals in ([5], [9])
