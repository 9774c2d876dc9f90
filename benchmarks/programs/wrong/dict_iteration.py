"""A dictionary that grows while somebody walks through it.

The walk ends with RuntimeError: dictionary changed size during iteration.
"""


class Prices:
    def __init__(self):
        self.prices = {"tea": 3, "milk": 2}
        self.totals = []

    def add(self):
        self.prices["bread"] = 4

    def sum(self):
        total = 0
        for name in self.prices:
            total += self.prices[name]
        self.totals.append(total)


def setup():
    return Prices()


def threads(state):
    return [state.sum, state.add]


def holds(state):
    return state.totals in ([5], [9])
