"""A stale snapshot is published, repaired.

From the copy to its publication, writers exclude each other.
"""

import threading


class Table:
    def __init__(self):
        self.rows = {}
        self.lock = threading.Lock()

    def publish(self, key, value):
        with self.lock:
            snapshot = dict(self.rows)
            snapshot[key] = value
            self.rows = snapshot


def setup():
    return Table()


def threads(state):
    return [lambda: state.publish("a", 1), lambda: state.publish("b", 2)]


def holds(state):
    return state.rows == {"a": 1, "b": 2}
