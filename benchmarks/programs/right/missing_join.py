"""Missing join, repaired.

The result is read when its thread has ended.
"""

import threading


def main():
    results = []
    thread = threading.Thread(target=lambda: results.append(42))
    thread.start()
    thread.join()
    return results == [42]
