"""Check, then act.

Two customers both see the last lamp in stock, and both buy it.
"""


class Shop:
    def __init__(self):
        self.stock = {"lamp": 1}
        self.sold = []

    def buy(self, customer):
        if self.stock["lamp"] > 0:
            self.stock["lamp"] -= 1
            self.sold.append(customer)


def setup():
    return Shop()


def threads(state):
    return [lambda: state.buy("ann"), lambda: state.buy("bob")]


def holds(state):
    return len(state.sold) == 1 and state.stock["lamp"] == 0
