"""Two groups that keep each other out, repaired.

Each group has a lock of its own for counting.
"""

import threading


class Room:
    def __init__(self):
        self.counting = {"a": threading.Lock(), "b": threading.Lock()}
        self.room = threading.Lock()
        self.inside = {"a": 0, "b": 0}
        self.visits = 0

    def visit(self, group):
        with self.counting[group]:
            self.inside[group] += 1
            if self.inside[group] == 1:
                self.room.acquire()
        with self.counting[group]:
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
