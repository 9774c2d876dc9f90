"""Gives Thread the result of the call instead of the function.

Killed by: all_in_flight
Diagnosis: same_thread
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

    threads = []
    for symbol in symbols:
        thread = threading.Thread(target=fetch_one(symbol))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
