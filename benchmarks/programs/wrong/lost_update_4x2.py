"""Lost update with four threads that count to two each.

The more threads count without a lock, the more ways there are to lose one.
"""


class Counter:
    def __init__(self):
        self.value = 0

    def count(self):
        for _ in range(2):
            value = self.value
            self.value = value + 1


def setup():
    return Counter()


def threads(state):
    return [state.count] * 4


def holds(state):
    return state.value == 8
