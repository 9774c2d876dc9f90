"""Lost update, repaired.

Reading and writing back are one critical section.
"""

import threading


class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()

    def deposit(self, amount):
        with self.lock:
            self.balance = self.balance + amount


def setup():
    return Account()


def threads(state):
    return [lambda: state.deposit(10), lambda: state.deposit(5)]


def holds(state):
    return state.balance == 15
