"""Lost notify, repaired.

The waiter waits only while there is no letter.
"""

import threading


class Mailbox:
    def __init__(self):
        self.condition = threading.Condition()
        self.letter = None
        self.read = None

    def wait(self):
        with self.condition:
            while self.letter is None:
                self.condition.wait()
            self.read = self.letter

    def deliver(self):
        with self.condition:
            self.letter = "hello"
            self.condition.notify()


def setup():
    return Mailbox()


def threads(state):
    return [state.wait, state.deliver]


def holds(state):
    return state.read == "hello"
