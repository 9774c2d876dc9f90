"""Lost notify.

When the notifier comes first, nobody is waiting yet, and the waiter then waits for ever.
"""

import threading


class Mailbox:
    def __init__(self):
        self.condition = threading.Condition()
        self.letter = None
        self.read = None

    def wait(self):
        with self.condition:
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
