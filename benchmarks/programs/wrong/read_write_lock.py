"""A read-write lock whose count of readers is not guarded.

Two readers come in at once, both count to two, and neither keeps the writers out.
"""

import threading


class Document:
    def __init__(self):
        self.writing = threading.Lock()
        self.readers = 0
        self.title, self.text = "old", "old"
        self.torn = False

    def read(self):
        self.readers += 1
        if self.readers == 1:
            self.writing.acquire()
        if self.title != self.text:
            self.torn = True
        self.readers -= 1
        if self.readers == 0:
            self.writing.release()

    def write(self):
        with self.writing:
            self.title = "new"
            self.text = "new"


def setup():
    return Document()


def threads(state):
    return [state.read, state.read, state.write]


def holds(state):
    return not state.torn
