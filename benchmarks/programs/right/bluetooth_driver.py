"""The Bluetooth driver, repaired.

A request enters, and the driver begins to stop, under the same lock.
"""

import threading


class Driver:
    def __init__(self):
        self.lock = threading.Lock()
        self.pending = 1
        self.stopping = self.stopped = self.used_after_stop = False
        self.idle = threading.Event()

    def leave(self):
        with self.lock:
            self.pending -= 1
            if self.pending == 0:
                self.idle.set()

    def request(self):
        with self.lock:
            if self.stopping:
                return
            self.pending += 1
        if self.stopped:
            self.used_after_stop = True
        self.leave()

    def stop(self):
        with self.lock:
            self.stopping = True
        self.leave()
        self.idle.wait()
        self.stopped = True


def setup():
    return Driver()


def threads(state):
    return [state.request, state.stop]


def holds(state):
    return not state.used_after_stop
