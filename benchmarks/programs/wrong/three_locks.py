"""A cycle of three locks.

No two threads take the same two locks in opposite orders, yet all three can wait in a circle.
"""

import threading


class Stations:
    def __init__(self):
        self.locks = [threading.Lock() for _ in range(3)]
        self.moves = []

    def move(self, start):
        with self.locks[start]:
            with self.locks[(start + 1) % 3]:
                self.moves.append(start)


def setup():
    return Stations()


def threads(state):
    return [lambda: state.move(0), lambda: state.move(1), lambda: state.move(2)]


def holds(state):
    return sorted(state.moves) == [0, 1, 2]
