"""Catches nothing in the thread, so the caller gets a KeyError instead of the real error.

Killed by: error_after_all_done
Diagnosis: dies_in_its_thread
"""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}

    def fetch_one(symbol):
        prices[symbol] = fetch(symbol)

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {symbol: prices[symbol] for symbol in symbols}
