"""Dining philosophers, all left-handed.

When all three have taken the left fork, nobody gets a right one. They dine twice.
"""

import threading


class Table:
    def __init__(self):
        self.forks = [threading.Lock() for _ in range(3)]
        self.meals = [0, 0, 0]

    def dine(self, seat):
        left, right = self.forks[seat], self.forks[(seat + 1) % 3]
        for _ in range(2):
            left.acquire()
            right.acquire()
            self.meals[seat] += 1
            right.release()
            left.release()


def setup():
    return Table()


def threads(state):
    return [lambda: state.dine(0), lambda: state.dine(1), lambda: state.dine(2)]


def holds(state):
    return state.meals == [2, 2, 2]
