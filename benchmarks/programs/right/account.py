"""An account and its audit, repaired.

The audit adds what was deposited.
"""

import threading


class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.balance = 1
        self.deposited = self.withdrawn = False
        self.wrong = False

    def audit(self):
        with self.lock:
            if self.deposited and self.withdrawn and self.balance != 1 + 2 - 3:
                self.wrong = True

    def deposit(self):
        with self.lock:
            self.balance += 2
            self.deposited = True

    def withdraw(self):
        with self.lock:
            self.balance -= 3
            self.withdrawn = True


def setup():
    return Account()


def threads(state):
    return [state.audit, state.deposit, state.withdraw]


def holds(state):
    return not state.wrong
