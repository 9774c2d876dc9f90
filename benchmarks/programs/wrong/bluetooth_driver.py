"""The Bluetooth driver (SCTBench: bluetooth_driver).

A request sees that the driver is not stopping; the driver stops; the request goes on in a stopped driver.
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
        if self.stopping:
            return
        with self.lock:
            self.pending += 1
        if self.stopped:
            self.used_after_stop = True
        self.leave()

    def stop(self):
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
