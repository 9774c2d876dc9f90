"""Returns the dictionary as the threads filled it: whoever answered first comes first.

Killed by: values_and_order
Diagnosis: completion_order
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
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return prices
