"""Two groups that keep each other out (SCTBench: carter01).

The first of a group takes the room while it holds the lock for counting, which the other group needs to leave it.
"""

import threading


class Room:
    def __init__(self):
        self.counting, self.room = threading.Lock(), threading.Lock()
        self.inside = {"a": 0, "b": 0}
        self.visits = 0

    def visit(self, group):
        with self.counting:
            self.inside[group] += 1
            if self.inside[group] == 1:
                self.room.acquire()
        with self.counting:
            self.visits += 1
            self.inside[group] -= 1
            if self.inside[group] == 0:
                self.room.release()


def setup():
    return Room()


def threads(state):
    return [lambda: state.visit("a"), lambda: state.visit("b")]


def holds(state):
    return state.visits == 2
