"""Each lambda reads the loop variable late, when it already names the last symbol.

Killed by: values_and_order
Diagnosis: late_binding
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
        threads.append(threading.Thread(target=lambda: fetch_one(symbol)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
