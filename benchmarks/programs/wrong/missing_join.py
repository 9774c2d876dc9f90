"""Missing join.

The result is read without waiting for the thread that makes it.
"""

import threading


def main():
    results = []
    thread = threading.Thread(target=lambda: results.append(42))
    thread.start()
    return results == [42]
