"""A daemon thread that is cut off, repaired.

The program waits until the writer is done.
"""

import threading


def main():
    lines = []
    done = threading.Event()

    def write():
        for number in range(3):
            lines.append(number)
        done.set()

    threading.Thread(target=write, daemon=True).start()
    done.wait()
    return lines == [0, 1, 2]
