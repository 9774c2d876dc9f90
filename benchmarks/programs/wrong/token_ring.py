"""A token ring without waiting.

Each station copies the token of the one before it, whether or not that one has it already (SCTBench: token_ring).
"""


class Ring:
    def __init__(self):
        self.x1 = self.x2 = self.x3 = 0

    def first(self):
        self.x1 = (self.x3 + 1) % 4

    def second(self):
        self.x2 = self.x1

    def third(self):
        self.x3 = self.x2


def setup():
    return Ring()


def threads(state):
    return [state.first, state.second, state.third]


def holds(state):
    return state.x1 == state.x2 == state.x3
