"""`Queue.join` without `task_done` on one path.

A worker that is told to stop leaves with a job in its hand, and who waits for all jobs waits for ever.
"""

import queue
import threading


class Office:
    def __init__(self):
        self.jobs = queue.Queue()
        self.jobs.put("letter")
        self.jobs.put("parcel")
        self.stop = threading.Event()
        self.finished = False

    def work(self):
        for _ in range(2):
            self.jobs.get()
            if self.stop.is_set():
                return
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
