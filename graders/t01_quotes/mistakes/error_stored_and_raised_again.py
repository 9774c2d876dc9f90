"""Stores the error for the caller but also lets it end the thread, which prints a traceback.

Killed by: error_after_all_done
Diagnosis: dies_in_its_thread
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
            raise

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
