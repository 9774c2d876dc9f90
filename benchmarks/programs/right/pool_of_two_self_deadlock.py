"""A pool of two workers that wait for themselves, repaired.

Orders and prices have a pool each.
"""

from concurrent.futures import ThreadPoolExecutor


def main():
    with ThreadPoolExecutor(max_workers=2) as pool, ThreadPoolExecutor(max_workers=2) as prices:

        def order(number):
            return prices.submit(pow, number, 2).result()

        orders = [pool.submit(order, number) for number in (2, 3)]
        return [order.result() for order in orders] == [4, 9]
