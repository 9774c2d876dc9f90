"""A circular list that two threads turn.

Both move the same first item to the end, and another item is dropped.
"""


class Ring:
    def __init__(self):
        self.items = ["a", "b", "c"]

    def turn(self):
        first = self.items[0]
        del self.items[0]
        self.items.append(first)


def setup():
    return Ring()


def threads(state):
    return [state.turn, state.turn]


def holds(state):
    return sorted(state.items) == ["a", "b", "c"]
