"""Lost update of a global.

`hits += 1` loads the global, adds, and stores it: another thread may store in between.
"""

hits = 0


def visit():
    global hits
    hits += 1


def setup():
    global hits
    hits = 0


def threads(state):
    return [visit, visit]


def holds(state):
    return hits == 2
