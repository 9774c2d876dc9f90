"""A read-write lock whose count of readers is not guarded, repaired.

Counting, and what follows from the count, are one critical section.
"""

import threading


class Document:
    def __init__(self):
        self.writing, self.counting = threading.Lock(), threading.Lock()
        self.readers = 0
        self.title, self.text = "old", "old"
        self.torn = False

    def read(self):
        with self.counting:
            self.readers += 1
            if self.readers == 1:
                self.writing.acquire()
        if self.title != self.text:
            self.torn = True
        with self.counting:
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
