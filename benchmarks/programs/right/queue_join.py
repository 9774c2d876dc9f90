"""`Queue.join` without `task_done` on one path, repaired.

Every job that was taken is reported as done, also when it is skipped.
"""

import queue
import threading


class Office:
    def __init__(self):
        self.jobs = queue.Queue()
        self.jobs.put("letter")
        self.jobs.put("parcel")
        self.stop = threading.Event()
        self.posted = []
        self.finished = False

    def work(self):
        for _ in range(2):
            job = self.jobs.get()
            if not self.stop.is_set():
                self.posted.append(job)
            self.jobs.task_done()

    def close(self):
        self.stop.set()
        self.jobs.join()
        self.finished = True


def setup():
    return Office()


def threads(state):
    return [state.work, state.close]


def holds(state):
    return state.finished
