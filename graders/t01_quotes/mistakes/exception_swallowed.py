"""Leaves out the symbols whose call failed and says nothing.

Killed by: error_after_all_done
Diagnosis: failure_swallowed
"""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}

    def fetch_one(symbol):
        try:
            prices[symbol] = fetch(symbol)
        except Exception:
            pass

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {symbol: prices[symbol] for symbol in symbols if symbol in prices}
