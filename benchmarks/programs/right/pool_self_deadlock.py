"""A thread pool that waits for itself, repaired.

Who waits is not one of the pool's own workers.
"""

from concurrent.futures import ThreadPoolExecutor


def main():
    with ThreadPoolExecutor(max_workers=1) as pool:

        def price():
            return 20

        price_now = pool.submit(price).result()
        return pool.submit(lambda: price_now * 2).result() == 40
