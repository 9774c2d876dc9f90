"""A work queue that is asked `empty()` first.

Between `empty()` and `get_nowait()` another worker takes the last job, and this one dies of `queue.Empty`.
"""

import queue


class Work:
    def __init__(self):
        self.jobs = queue.Queue()
        for job in range(3):
            self.jobs.put(job)
        self.done = []

    def work(self):
        while not self.jobs.empty():
            job = self.jobs.get_nowait()
            self.done.append(job)


def setup():
    return Work()


def threads(state):
    return [state.work, state.work]


def holds(state):
    return sorted(state.done) == [0, 1, 2]
