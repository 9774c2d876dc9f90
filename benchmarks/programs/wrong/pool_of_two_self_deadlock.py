"""A pool of two workers that wait for themselves.

When both workers are busy with orders, nobody is left for the prices that both wait for.
"""

from concurrent.futures import ThreadPoolExecutor


def main():
    with ThreadPoolExecutor(max_workers=2) as pool:

        def order(number):
            return pool.submit(pow, number, 2).result()

        orders = [pool.submit(order, number) for number in (2, 3)]
        return [order.result() for order in orders] == [4, 9]
