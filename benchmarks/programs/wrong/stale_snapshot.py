"""A stale snapshot is published.

Two threads copy the table, add a row each, and publish their copies: the second copy lacks the first one's row.
"""


class Table:
    def __init__(self):
        self.rows = {}

    def publish(self, key, value):
        snapshot = dict(self.rows)
        snapshot[key] = value
        self.rows = snapshot


def setup():
    return Table()


def threads(state):
    return [lambda: state.publish("a", 1), lambda: state.publish("b", 2)]


def holds(state):
    return state.rows == {"a": 1, "b": 2}
