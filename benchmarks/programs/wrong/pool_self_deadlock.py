"""A thread pool that waits for itself.

The only worker waits for a job that only this worker could do.
"""

from concurrent.futures import ThreadPoolExecutor


def main():
    with ThreadPoolExecutor(max_workers=1) as pool:

        def price():
            return 20

        def order():
            return pool.submit(price).result() * 2

        return pool.submit(order).result() == 40
