"""Lazy initialisation, repaired.

Who finds no connection looks again under the lock before opening one.
"""

import threading


class Connections:
    def __init__(self):
        self.opened = 0
        self.connection = None
        self.lock = threading.Lock()

    def open(self):
        self.opened += 1
        return object()

    def get(self):
        if self.connection is None:
            with self.lock:
                if self.connection is None:
                    self.connection = self.open()
        return self.connection


def setup():
    return Connections()


def threads(state):
    return [state.get, state.get]


def holds(state):
    return state.opened == 1
