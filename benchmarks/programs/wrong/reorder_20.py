"""Two writes seen half done, by nineteen writers (SCTBench: reorder_20).

Each writer writes `a`, then `b`. The reader must come when some have written `a` and none has written `b`.
"""

WRITERS = 19


class Pair:
    def __init__(self):
        self.a, self.b = 0, 0
        self.torn = False

    def write(self):
        self.a = 1
        self.b = -1

    def check(self):
        if not ((self.a == 0 and self.b == 0) or (self.a == 1 and self.b == -1)):
            self.torn = True


def setup():
    return Pair()


def threads(state):
    return [state.write] * WRITERS + [state.check]


def holds(state):
    return not state.torn
