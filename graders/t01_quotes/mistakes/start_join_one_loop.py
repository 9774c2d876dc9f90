"""Starts and joins each thread in one loop.

Killed by: all_in_flight
Diagnosis: one_after_another
"""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}
    errors = {}

    def fetch_one(symbol):
        try:
            prices[symbol] = fetch(symbol)
        except Exception as error:
            errors[symbol] = error

    for symbol in symbols:
        thread = threading.Thread(target=fetch_one, args=(symbol,))
        thread.start()
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
