"""A home-made barrier that is used twice, repaired.

Each round has a number, and a thread waits for the end of its own round.
"""

import threading


class Barrier:
    def __init__(self):
        self.condition = threading.Condition()
        self.arrived = 0
        self.round = 0
        self.passed = 0

    def wait(self):
        with self.condition:
            mine = self.round
            self.arrived += 1
            if self.arrived == 2:
                self.arrived = 0
                self.round += 1
                self.condition.notify_all()
            while self.round == mine:
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
