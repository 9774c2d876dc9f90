"""What the programs of several tests begin with."""

# Functions in threads that begin at the same moment.
ALL_AT_ONCE = """
import threading

def all_at_once(*functions):
    go = threading.Event()

    def run(function):
        go.wait()
        function()

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
"""
