"""Lost update.

Two threads read the same balance, and the second to write it back undoes what the first has written.
"""


class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance = self.balance + amount


def setup():
    return Account()


def threads(state):
    return [lambda: state.deposit(10), lambda: state.deposit(5)]


def holds(state):
    return state.balance == 15
