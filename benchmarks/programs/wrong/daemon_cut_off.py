"""A daemon thread that is cut off.

The program waits until the writer has begun, not until it is done; a daemon does not keep the program alive.
"""

import threading


def main():
    lines = []
    begun = threading.Event()

    def write():
        begun.set()
        for number in range(3):
            lines.append(number)

    threading.Thread(target=write, daemon=True).start()
    begun.wait()
    return lines == [0, 1, 2]
