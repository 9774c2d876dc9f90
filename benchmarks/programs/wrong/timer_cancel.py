"""A timer that is cancelled at the last moment.

The answer and the timeout come at the same moment: each looks whether the other was there, and both go ahead.
"""

import threading
import time


class Call:
    def __init__(self):
        self.timer = threading.Timer(1.0, self.expire)
        self.outcomes = []

    def expire(self):
        if not self.outcomes:
            self.outcomes.append("timeout")

    def start(self):
        self.timer.start()

    def answer(self):
        time.sleep(1.0)
        if not self.outcomes:
            self.timer.cancel()
            self.outcomes.append("answer")


def main():
    call = Call()
    call.start()
    call.answer()
    call.timer.join()
    return len(call.outcomes) == 1
