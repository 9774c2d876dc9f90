"""Check, then act, repaired.

The check and the act are one critical section.
"""

import threading


class Shop:
    def __init__(self):
        self.stock = {"lamp": 1}
        self.sold = []
        self.lock = threading.Lock()

    def buy(self, customer):
        with self.lock:
            if self.stock["lamp"] > 0:
                self.stock["lamp"] -= 1
                self.sold.append(customer)


def setup():
    return Shop()


def threads(state):
    return [lambda: state.buy("ann"), lambda: state.buy("bob")]


def holds(state):
    return len(state.sold) == 1 and state.stock["lamp"] == 0
