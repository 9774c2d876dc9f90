"""A timer that is cancelled at the last moment, repaired.

Looking and going ahead are one critical section.
"""

import threading
import time


class Call:
    def __init__(self):
        self.timer = threading.Timer(1.0, self.expire)
        self.lock = threading.Lock()
        self.outcomes = []

    def expire(self):
        with self.lock:
            if not self.outcomes:
                self.outcomes.append("timeout")

    def start(self):
        self.timer.start()

    def answer(self):
        time.sleep(1.0)
        with self.lock:
            if not self.outcomes:
                self.timer.cancel()
                self.outcomes.append("answer")


def main():
    call = Call()
    call.start()
    call.answer()
    call.timer.join()
    return len(call.outcomes) == 1
