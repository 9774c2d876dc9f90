"""Lazy initialisation without a lock.

Two threads both find no connection yet, and both open one.
"""


class Connections:
    def __init__(self):
        self.opened = 0
        self.connection = None

    def open(self):
        self.opened += 1
        return object()

    def get(self):
        if self.connection is None:
            self.connection = self.open()
        return self.connection


def setup():
    return Connections()


def threads(state):
    return [state.get, state.get]


def holds(state):
    return state.opened == 1
