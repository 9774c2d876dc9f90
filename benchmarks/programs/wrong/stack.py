"""A stack with a top that moves after the write.

Two pushes write to the same place before either has moved the top.
"""


class Stack:
    def __init__(self):
        self.places = [None] * 4
        self.top = 0

    def push(self, item):
        self.places[self.top] = item
        self.top = self.top + 1


def setup():
    return Stack()


def threads(state):
    return [lambda: state.push("a"), lambda: state.push("b")]


def holds(state):
    return sorted(item for item in state.places if item) == ["a", "b"]
