"""Calls run(), so each fetch happens right here; join() was dropped because it complained.

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

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.run()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
