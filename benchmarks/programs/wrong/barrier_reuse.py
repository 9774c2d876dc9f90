"""A home-made barrier that is used twice.

A fast thread enters the second round before a slow one has noticed the end of the first, which then never ends.
"""

import threading


class Barrier:
    def __init__(self):
        self.condition = threading.Condition()
        self.arrived = 0
        self.passed = 0

    def wait(self):
        with self.condition:
            self.arrived += 1
            if self.arrived == 2:
                self.arrived = 0
                self.condition.notify_all()
            while self.arrived != 0:
                self.condition.wait()
            self.passed += 1

    def meet_twice(self):
        self.wait()
        self.wait()


def setup():
    return Barrier()


def threads(state):
    return [state.meet_twice, state.meet_twice]


def holds(state):
    return state.passed == 4
