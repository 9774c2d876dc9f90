"""Holds one lock during the whole call, so only one thread at a time is inside fetch.

Killed by: all_in_flight
Diagnosis: one_after_another
"""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}
    errors = {}
    lock = threading.Lock()

    def fetch_one(symbol):
        with lock:
            try:
                prices[symbol] = fetch(symbol)
            except Exception as error:
                errors[symbol] = error

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
