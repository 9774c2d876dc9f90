"""A work queue that is asked `empty()` first, repaired.

Only the attempt to take a job tells whether there is one.
"""

import queue


class Work:
    def __init__(self):
        self.jobs = queue.Queue()
        for job in range(3):
            self.jobs.put(job)
        self.done = []

    def work(self):
        while True:
            try:
                job = self.jobs.get_nowait()
            except queue.Empty:
                return
            self.done.append(job)


def setup():
    return Work()


def threads(state):
    return [state.work, state.work]


def holds(state):
    return sorted(state.done) == [0, 1, 2]
