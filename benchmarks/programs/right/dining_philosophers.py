"""Dining philosophers, repaired.

The last philosopher takes the right fork first, so that no circle can close.
"""

import threading


class Table:
    def __init__(self):
        self.forks = [threading.Lock() for _ in range(3)]
        self.meals = [0, 0, 0]

    def dine(self, seat):
        first, second = self.forks[seat], self.forks[(seat + 1) % 3]
        if seat == 2:
            first, second = second, first
        for _ in range(2):
            first.acquire()
            second.acquire()
            self.meals[seat] += 1
            second.release()
            first.release()


def setup():
    return Table()


def threads(state):
    return [lambda: state.dine(0), lambda: state.dine(1), lambda: state.dine(2)]


def holds(state):
    return state.meals == [2, 2, 2]
